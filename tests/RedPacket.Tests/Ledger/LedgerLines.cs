using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Tests.Ledger;

/// <summary>Entries of packets, as short as a test wants to say them.</summary>
internal static class LedgerLines
{
    public const string P1 = "0-00000000000000000000000000000001";
    public const string P2 = "0-00000000000000000000000000000002";
    public const string P3 = "0-00000000000000000000000000000003";
    public const string P4 = "0-00000000000000000000000000000004";

    public static Entry Fund(string packet, long amountFen, string terms = "{}") =>
        new(EntryKind.Fund, packet, 0, "sender", amountFen, 1000, terms);

    public static Entry Grab(string packet, int ordinal, string user, long amountFen, long at = 2000) =>
        new(EntryKind.Grab, packet, ordinal, user, amountFen, at);

    public static Entry Refund(string packet, long amountFen) =>
        new(EntryKind.Refund, packet, 0, "sender", amountFen, 3000);

    /// <summary>A chunk of shard 0; null is a line that could not be read.</summary>
    public static Chunk Live(params Entry?[] entries) => Chunk(false, entries);

    public static Chunk Slow(params Entry?[] entries) => Chunk(true, entries);

    /// <summary>A chunk of a run that is over, for a ledger that has another.</summary>
    public static Chunk Stale(params Entry?[] entries) => Live(entries) with { Run = "over" };

    private static Chunk Chunk(bool slow, Entry?[] entries) =>
        new(
            0,
            [.. entries.Select((entry, i) => new ChunkLine(entry?.ToString() ?? $"? {i}", entry))],
            2 * entries.Length, 4000, "00-trace", slow);
}
