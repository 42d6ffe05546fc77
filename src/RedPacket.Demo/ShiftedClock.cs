using System.Globalization;

namespace RedPacket.Demo;

/// <summary>
/// A clock that is wrong by a fixed offset (<c>Demo:ClockOffset=00:10:00</c>). It shows that no promise depends on the clock of a process.
/// </summary>
internal sealed class ShiftedClock(TimeSpan offset) : TimeProvider
{
    /// <summary>Reads the setting. Error is null if the setting is valid, and Clock is null if it is absent.</summary>
    public static (TimeProvider? Clock, string? Error) Read(string? setting)
    {
        if (setting is null)
            return (null, null);
        return TimeSpan.TryParse(setting, CultureInfo.InvariantCulture, out var offset)
            ? (new ShiftedClock(offset), null)
            : (null, $"Demo:ClockOffset must be a time span [-]hh:mm:ss; it was {setting}.");
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
}
