using System.Globalization;

namespace RedPacket.Packets;

/// <summary>
/// The largest share of a packet so far, the first of equals, in the text form <c>fen ordinal user</c> under which the
/// packet keeps it (PROTOCOL 3.4). Its twin in Lua: <c>grab.lua</c>.
/// </summary>
internal readonly record struct BestShare(long AmountFen, int Ordinal, string UserId)
{
    private const int Parts = 3;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{AmountFen} {Ordinal} {UserId}");

    /// <summary>The larger of two; of equals the one with the lower ordinal.</summary>
    public static BestShare? Of(BestShare? one, BestShare other) =>
        one is { } best && (best.AmountFen, -best.Ordinal).CompareTo((other.AmountFen, -other.Ordinal)) >= 0 ? best : other;

    /// <summary>Reads the text form; null for anything else.</summary>
    public static BestShare? Parse(string? text) =>
        text?.Split(' ') is { Length: Parts } parts && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var fen)
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var ordinal)
            ? new BestShare(fen, ordinal, parts[2])
            : null;
}
