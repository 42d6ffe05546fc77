using System.Globalization;

namespace RedPacket.LoadTest.Report;

/// <summary>Numbers as people read them: three digits that count, and a unit that fits.</summary>
internal static class Format
{
    /// <summary>Milliseconds in the unit that fits.</summary>
    public static string Time(double ms) => ms switch
    {
        0 => "0 ms",
        < 1 => Digits(ms * 1000) + " µs",
        < 1000 => Digits(ms) + " ms",
        < 120_000 => Digits(ms / 1000) + " s",
        _ => Digits(ms / 60_000) + " min",
    };

    /// <summary>With thousands apart; fractions only where they count.</summary>
    public static string Number(double number) => Math.Abs(number) >= 100 || number == Math.Truncate(number)
        ? number.ToString("#,0", CultureInfo.InvariantCulture)
        : Digits(number);

    /// <summary>A part of a whole, in per cent.</summary>
    public static string Percent(double part) => Digits(part * 100) + " %";

    private static string Digits(double number) => Math.Abs(number) switch
    {
        >= 100 => number.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => number.ToString("0.#", CultureInfo.InvariantCulture),
        _ => number.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
