using System.Globalization;

namespace RedPacket.Messages;

/// <summary>
/// The way in which an entry moves money. The ledger stores the numbers, so they never change. A parked line that
/// cannot be read has 0.
/// </summary>
public enum EntryKind
{
    /// <summary>The sender's money goes into the packet.</summary>
    Fund = 1,

    /// <summary>A share goes from the packet to a user.</summary>
    Grab = 2,

    /// <summary>The rest of an expired packet goes back to its sender.</summary>
    Refund = 3,

    /// <summary>
    /// A correction by the ledger itself, from loss to wallet: no script grants one and no message carries one. Its
    /// ordinal is the id of the parked entry.
    /// </summary>
    Adjust = 4,
}

/// <summary>
/// One accounting event, as a shard's outbox holds it and messages carry it: seven fields in one line of text,
/// separated by single spaces, <c>kind packetId ordinal userId amountFen atMs terms</c>, for example <c>g 0-019a… 7
/// alice 123 1790000000000</c>.
/// The line is a pure function of the packet's own fields, so restoring an entry never makes a second one.
/// </summary>
/// <param name="Kind">f, g or r in the line.</param>
/// <param name="PacketId"><c>&lt;shard&gt;-&lt;32 hex digits&gt;</c>.</param>
/// <param name="Ordinal">
/// 1 to count for a grab, 0 for a fund and for a refund. A refund has 1, 2, … when Redis forgot a share after the
/// packet had expired: its fen go back later. With packet and kind it is the entry's identity.
/// </param>
/// <param name="UserId">The sender for fund and refund, the winner for a grab.</param>
/// <param name="AmountFen">Over 0, in fen.</param>
/// <param name="AtMs">When Redis granted it: milliseconds since 1970, UTC.</param>
/// <param name="Terms">
/// Fund only: the packet's terms as compact JSON, from which it can be rebuilt. The only field that may hold spaces.
/// </param>
public sealed record Entry(EntryKind Kind, string PacketId, int Ordinal, string UserId, long AmountFen, long AtMs,
    string? Terms = null)
{
    /// <summary>
    /// The most fen of one entry. The ledger refuses more, so no single row makes the sum of a report overflow.
    /// </summary>
    public const long MostFen = (1 << 27) - 1;

    /// <summary>
    /// The highest ordinal of an entry. A line beyond it is none, so no single row makes a packet endless to go over.
    /// </summary>
    public const int MostOrdinal = 100_000;

    /// <summary>True for milliseconds since 1970 that are a time: until the year 9999, as far as dates go.</summary>
    public static bool IsTime(long milliseconds) => milliseconds is >= 0 and <= 253_402_300_799_999;

    /// <summary>The shard, read from the packet's id.</summary>
    public int Shard => int.Parse(PacketId.AsSpan(0, PacketId.IndexOf('-')), CultureInfo.InvariantCulture);

    /// <summary>The line, exactly as the scripts write it.</summary>
    public override string ToString()
    {
        var letter = Kind switch
        {
            EntryKind.Fund => 'f',
            EntryKind.Grab => 'g',
            EntryKind.Refund => 'r',
            _ => throw new InvalidOperationException($"An entry of kind {Kind} has no line."),
        };
        var line = string.Create(CultureInfo.InvariantCulture, $"{letter} {PacketId} {Ordinal} {UserId} {AmountFen} {AtMs}");
        return Terms is null ? line : $"{line} {Terms}";
    }

    /// <summary>
    /// Reads a line. False, and a null entry, for any other text: such a line is parked, never dropped.
    /// </summary>
    public static bool TryParse(string line, out Entry? entry)
    {
        entry = null;
        Span<Range> parts = stackalloc Range[7];
        var text = line.AsSpan();
        var count = text.Split(parts, ' ');
        if (count < 6 || ReadKind(text[parts[0]]) is not { } kind || count == 7 != (kind == EntryKind.Fund))
            return false;
        if (!ReadNumber(text[parts[2]], out var ordinal) || !ReadNumber(text[parts[4]], out var amountFen))
            return false;
        if (!ReadNumber(text[parts[5]], out var atMs) || !IsTime(atMs))
            return false;
        var packetId = text[parts[1]];
        var userId = text[parts[3]];
        if (ordinal > MostOrdinal || !CanBe(kind, ordinal) || amountFen < 1 || !IsPacketId(packetId) || !RedPacket.UserId.IsValid(userId))
            return false;
        entry = new Entry(kind, packetId.ToString(), (int)ordinal, userId.ToString(), amountFen, atMs, count == 7 ? line[parts[6]] : null);
        return true;
    }

    private static bool CanBe(EntryKind kind, long ordinal) =>
        kind switch { EntryKind.Grab => ordinal >= 1, EntryKind.Fund => ordinal == 0, _ => true };

    private static EntryKind? ReadKind(ReadOnlySpan<char> letter) => letter switch
    {
        "f" => EntryKind.Fund,
        "g" => EntryKind.Grab,
        "r" => EntryKind.Refund,
        _ => null,
    };

    private static bool ReadNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // Wider than PacketId, which names the packets of this version: a ledger that is older than the grabs records them
    // too.
    private static bool IsPacketId(ReadOnlySpan<char> id) =>
        id.IndexOf('-') is > 0 and var dash && int.TryParse(id[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
