namespace RedPacket.Packets;

/// <summary>
/// How long a process may answer "too late" after Redis has proved that the winners it knows are still all (PROTOCOL
/// 3.5). Who may make more of them ends the proofs first, and waits until the last of them is over.
/// </summary>
/// <remarks>
/// Both sides measure a time that passes, so no clock has to be right. A machine that was stopped as a whole, and runs on,
/// takes this time for less than it was.
/// </remarks>
internal static class WinnersProof
{
    /// <summary>From the moment when the call left that brought it.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMilliseconds(100);

    // Clocks of two machines differ in speed by far less.
    private static readonly TimeSpan s_margin = TimeSpan.FromMilliseconds(25);

    /// <summary>The timestamp at which a proof ends whose call left at the other.</summary>
    public static long End(long leftAt, TimeProvider clock) => leftAt + (Life.Ticks * clock.TimestampFrequency / TimeSpan.TicksPerSecond);

    /// <summary>Waits until all proofs are over that no call could bring any more at this timestamp.</summary>
    public static async Task Over(long endedAt, TimeProvider clock, CancellationToken cancellation)
    {
        while (Life + s_margin - clock.GetElapsedTime(endedAt) is { Ticks: > 0 } left)
            await Task.Delay(left, clock, cancellation);
    }
}
