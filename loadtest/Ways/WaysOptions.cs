namespace RedPacket.LoadTest.Ways;

/// <summary>The options of a comparison.</summary>
/// <param name="Only">The ways, in the order of the rounds.</param>
/// <param name="Rounds">How often each way is measured.</param>
/// <param name="Shares">Shares of each packet.</param>
/// <param name="Fsync">The appendfsync of Redis: always or everysec.</param>
/// <param name="Kill">Adds an interval for each of these and each way that has it. It is killed and started again.</param>
/// <param name="Down">How long it stays away.</param>
internal sealed record WaysOptions(
    string Command, IReadOnlyList<Way> Only, int Rounds, TimeSpan Duration, TimeSpan Warmup, int Packets, int Shares, int Connections,
    string Fsync, IReadOnlyList<Victim> Kill, TimeSpan Down, TimeSpan DrainLimit, string? Json)
{
    /// <summary>Users who grab.</summary>
    public const int Users = 100_000;

    /// <summary>Fen in each packet: a yuan per share.</summary>
    public long AmountFen => 100L * Shares;
}
