using System.Globalization;
using RedPacket.Ledger;

namespace RedPacket.Tests.Ledger;

/// <summary>Entries of packets, as short as a test wants to say them.</summary>
internal static class LedgerLines
{
    public const string P1 = "0-00000000000000000000000000000001";
    public const string P2 = "0-00000000000000000000000000000002";

    public static Posting Fund(string packet, long amountFen, string terms = "{}") =>
        Of('f', packet, EntryKind.Fund, 0, "sender", amountFen, 1000, terms);

    public static Posting Grab(string packet, int ordinal, string user, long amountFen, long at = 2000) =>
        Of('g', packet, EntryKind.Grab, ordinal, user, amountFen, at, null);

    public static Posting Refund(string packet, long amountFen) => Of('r', packet, EntryKind.Refund, 0, "sender", amountFen, 3000, null);

    /// <summary>A chunk of shard 0; null is a line that could not be read.</summary>
    public static Chunk Live(params Posting?[] lines) => Chunk(false, lines);

    public static Chunk Slow(params Posting?[] lines) => Chunk(true, lines);

    /// <summary>A chunk of a run that is over, for a ledger that has another.</summary>
    public static Chunk Late(params Posting?[] lines) => Live(lines) with { Run = "over" };

    private static Chunk Chunk(bool slow, Posting?[] lines) =>
        new(0, lines, [.. lines.Select((line, i) => line?.Payload ?? $"? {i}")], 2 * lines.Length, 4000, "00-trace", slow);

    private static Posting Of(char letter, string packet, EntryKind kind, int ordinal, string user, long amountFen, long at, string? terms)
    {
        var payload = string.Create(CultureInfo.InvariantCulture, $"{letter} {packet} {ordinal} {user} {amountFen} {at}");
        return new Posting(packet, kind, ordinal, user, amountFen, at, terms, terms is null ? payload : $"{payload} {terms}");
    }
}
