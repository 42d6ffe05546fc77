namespace RedPacket.LoadTest.Baselines;

/// <summary>The options of a comparison.</summary>
/// <param name="Only">The ways, in the order of the rounds.</param>
/// <param name="Rounds">How often each way is measured.</param>
/// <param name="Shares">Shares of each packet.</param>
/// <param name="Kill">Adds an interval for each of these and each way that has it. It is killed and started again.</param>
internal sealed record BaselinesOptions(
    string Command, IReadOnlyList<Way> Only, int Rounds, TimeSpan Duration, TimeSpan Warmup, int Packets, int Shares, int Connections,
    IReadOnlyList<Victim> Kill, TimeSpan DrainLimit, string? Json)
{
    /// <summary>Users who grab.</summary>
    public const int Users = 100_000;

    /// <summary>Fen in each packet: a yuan per share.</summary>
    public long AmountFen => 100L * Shares;
}
