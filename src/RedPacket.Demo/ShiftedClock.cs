using System.Globalization;

namespace RedPacket.Demo;

/// <summary>A clock that is wrong by a fixed time, to show that nothing depends on the clock of a process: <c>Demo:ClockOffset=00:10:00</c>.</summary>
internal sealed class ShiftedClock(TimeSpan offset) : TimeProvider
{
    /// <summary>Reads the setting. Refusal is what is wrong with it, null when nothing is; Clock is null when it is not there.</summary>
    public static (TimeProvider? Clock, string? Refusal) Read(string? setting)
    {
        if (setting is null)
            return (null, null);
        return TimeSpan.TryParse(setting, CultureInfo.InvariantCulture, out var offset)
            ? (new ShiftedClock(offset), null)
            : (null, $"Demo:ClockOffset={setting}: give a time span, [-]hh:mm:ss.");
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
}
