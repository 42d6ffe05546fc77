using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>Entries as the ledger takes them.</summary>
internal static class Postings
{
    /// <summary>Reads a line; null for one that is no entry, which is to be parked.</summary>
    public static Posting? Read(string line) => Entry.TryParse(line, out var entry)
        ? new Posting(entry!.PacketId, Kind(entry.Kind), entry.Ordinal, entry.UserId, entry.AmountFen, entry.AtMs, entry.Terms, line)
        : null;

    private static TransferKind Kind(EntryKind kind) => kind switch
    {
        EntryKind.Fund => TransferKind.Fund,
        EntryKind.Grab => TransferKind.Grab,
        EntryKind.Refund => TransferKind.Refund,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown kind of entry"),
    };
}
