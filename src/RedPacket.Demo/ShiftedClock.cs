namespace RedPacket.Demo;

/// <summary>
/// A clock that is wrong by a fixed offset (<c>Demo:ClockOffset=00:10:00</c>). It shows that no promise depends on the
/// clock of a process.
/// </summary>
internal sealed class ShiftedClock(TimeSpan offset) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
}
