namespace RedPacket.Drills;

/// <summary>What a load client does; the same plan and seed make the same choices in the same order on each of its connections.</summary>
/// <param name="Seed">Named in every failure text.</param>
/// <param name="Connections">How many callers at once.</param>
/// <param name="OpenPackets">How many packets are grabbed from at a time; an emptied one is replaced.</param>
/// <param name="Shares">Shares of a packet.</param>
/// <param name="AmountFen">Amount of a packet.</param>
/// <param name="Users">How many users there are; fewer than shares x packets, so that some ask again.</param>
/// <param name="Pace">Pause between the calls of one connection.</param>
/// <param name="ExpiresInSeconds">How long a packet is open at most.</param>
internal sealed record LoadPlan(int Seed, int Connections, int OpenPackets, int Shares, long AmountFen, int Users, TimeSpan Pace, int ExpiresInSeconds = 86_400)
{
    /// <summary>Some hundreds of grabs a second: enough to be caught in the middle by any fault, little enough for two cores that run everything.</summary>
    public static LoadPlan Moderate(int seed) => new(seed, Connections: 8, OpenPackets: 4, Shares: 150, AmountFen: 20_000, Users: 400, TimeSpan.FromMilliseconds(5));
}
