using System.Globalization;

namespace RedPacket.LoadTest.Report;

/// <summary>Formats numbers for people, with three significant digits and a fitting unit.</summary>
internal static class Format
{
    /// <summary>Milliseconds in a fitting unit.</summary>
    public static string Time(double ms) => ms switch
    {
        0 => "0 ms",
        < 1 => Digits(ms * 1000) + " µs",
        < 1000 => Digits(ms) + " ms",
        < 120_000 => Digits(ms / 1000) + " s",
        _ => Digits(ms / 60_000) + " min",
    };

    /// <summary>A number with thousands separators. Small numbers keep a fraction.</summary>
    public static string Number(double number) => Math.Abs(number) >= 100 || number == Math.Truncate(number)
        ? number.ToString("#,0", CultureInfo.InvariantCulture)
        : Digits(number);

    /// <summary>A fraction in percent.</summary>
    public static string Percent(double fraction) => Digits(fraction * 100) + " %";

    private static string Digits(double number) => Math.Abs(number) switch
    {
        >= 100 => number.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => number.ToString("0.#", CultureInfo.InvariantCulture),
        _ => number.ToString("0.##", CultureInfo.InvariantCulture),
    };
}
