namespace RedPacket.Drills.Run;

/// <summary>
/// The actions of a load client. The same plan and seed make the same choices in the same order on each connection.
/// </summary>
/// <param name="Seed">Every failure text names it.</param>
/// <param name="Connections">How many callers grab at the same time.</param>
/// <param name="OpenPackets">How many packets are open at the same time. The client replaces a packet that is
/// emptied.</param>
/// <param name="Shares">Shares of a packet.</param>
/// <param name="AmountFen">Amount of a packet.</param>
/// <param name="Users">How many users grab; fewer than shares x packets, so that some ask again.</param>
/// <param name="Pace">Pause between the calls of one connection.</param>
/// <param name="ExpiresInSeconds">How long a packet stays open at most.</param>
internal sealed record LoadPlan(
    int Seed, int Connections, int OpenPackets, int Shares, long AmountFen, int Users, TimeSpan Pace, int ExpiresInSeconds = 86_400)
{
    /// <summary>
    /// Some hundreds of grabs a second. Any fault interrupts some of them, and two cores can run everything.
    /// </summary>
    public static LoadPlan Moderate(int seed) =>
        new(seed, Connections: 8, OpenPackets: 4, Shares: 150, AmountFen: 20_000, Users: 400, TimeSpan.FromMilliseconds(5));
}
