using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>What became of one entry, seen from both sides.</summary>
internal enum EntryStatus
{
    /// <summary>Nobody has it: never dealt, or a hole that a rebuild left.</summary>
    None,

    /// <summary>The ledger has it, and the same.</summary>
    Settled,
    InFlight,
    Missing,
    Orphan,
    Mismatch,
    Parked,
}

/// <summary>One entry as the packet, the outbox, the table of parked entries and the ledger have it, read in this order.</summary>
internal sealed record EntryState(
    EntryKind Kind, string PacketId, int Ordinal, StoredClaim? Stored, bool InOutbox, ParkedClaim? Parked, LedgerEntry? Booked)
{
    public EntryStatus Status => (Stored, Booked) switch
    {
        // A parked one may be in the outbox again: put back by a replay, or with a store that came back as it was before. It is listed among the parked, too.
        (not null, null) when InOutbox => EntryStatus.InFlight,
        // Its user has been given the share otherwise, and what stands at its identity is somebody else's.
        (not null, _) when Parked is { Resolved: true } => EntryStatus.Settled,
        (null, null) => EntryStatus.None,
        (null, _) => EntryStatus.Orphan,
        (_, not null) => Stored.AmountFen == Booked.AmountFen && IsSameUser ? EntryStatus.Settled : EntryStatus.Mismatch,
        _ when Parked is { Resolved: false } => EntryStatus.Parked,
        _ => EntryStatus.Missing,
    };

    // A fund is booked from the house's account: the ledger's row names no user.
    private bool IsSameUser => Kind == EntryKind.Fund || Stored!.UserId == Booked!.UserId;

    /// <summary>The word for the status: settled, or the kind of the difference; null when nobody has it.</summary>
    public string? Word => Status switch
    {
        EntryStatus.Settled => "settled",
        EntryStatus.InFlight => DifferenceKind.InFlight,
        EntryStatus.Missing => DifferenceKind.Missing,
        EntryStatus.Orphan => DifferenceKind.Orphan,
        EntryStatus.Mismatch => DifferenceKind.Mismatch,
        EntryStatus.Parked => DifferenceKind.Parked,
        _ => null,
    };

    /// <summary>The state as a line of the report.</summary>
    public Difference ToDifference() => new(Word!, EntryName.Of(Kind), PacketId, Stored?.UserId ?? Booked?.UserId, Ordinal, Stored?.AmountFen, Booked?.AmountFen,
        Time(Stored?.GrantedAt ?? Booked?.GrantedAt), Stored is not null && Booked is not null && !IsSameUser ? Booked.UserId : null);

    public static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
