namespace RedPacket.LoadTest.Baselines;

/// <summary>The options of a comparison.</summary>
/// <param name="Only">Letters of the baselines, in the order of the rounds.</param>
/// <param name="Rounds">How often each baseline is measured.</param>
/// <param name="KillBroker">Adds an interval for each baseline with a broker, in which the broker is killed and started
/// again.</param>
internal sealed record BaselinesOptions(
    string Command, IReadOnlyList<string> Only, int Rounds, TimeSpan Duration, TimeSpan Warmup, int Packets, int Connections,
    bool KillBroker, TimeSpan DrainLimit, string? Json)
{
    /// <summary>Shares of each packet.</summary>
    public const int Shares = 100;

    /// <summary>Users who grab.</summary>
    public const int Users = 100_000;

    /// <summary>Fen in each packet: a yuan per share.</summary>
    public const long AmountFen = 100L * Shares;
}
