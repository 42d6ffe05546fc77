using System.Globalization;

namespace RedPacket.Reports;

/// <summary>Fen as people read them: ¥1.23, from integers only.</summary>
internal static class Yuan
{
    /// <summary>A dash for what was not read.</summary>
    public static string Text(long? fen) => fen is { } value
        ? string.Create(CultureInfo.InvariantCulture, $"{(value < 0 ? "-" : "")}¥{Math.Abs(value / 100)}.{Math.Abs(value % 100):00}")
        : "–";
}
