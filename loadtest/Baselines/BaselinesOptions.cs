namespace RedPacket.LoadTest.Baselines;

/// <summary>What a comparison is to do.</summary>
/// <param name="Only">Letters of the ways, in the order of the turns.</param>
/// <param name="Rounds">Turns of each way.</param>
/// <param name="KillBroker">After these a turn of each way that has a broker, in whose middle the broker is killed and started again.</param>
internal sealed record BaselinesOptions(string Command, IReadOnlyList<string> Only, int Rounds, TimeSpan Duration, TimeSpan Warmup, int Packets, int Connections, bool KillBroker, TimeSpan DrainLimit,
    string? Json)
{
    /// <summary>Shares of each packet.</summary>
    public const int Shares = 100;

    /// <summary>Users who grab.</summary>
    public const int Users = 100_000;

    /// <summary>Fen in each packet: a yuan a share.</summary>
    public const long AmountFen = 100L * Shares;
}
