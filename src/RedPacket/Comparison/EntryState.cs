using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>The status of one entry, seen from both sides.</summary>
internal enum EntryStatus
{
    /// <summary>Neither side has it: never granted, or a hole that a rebuild left.</summary>
    None,

    /// <summary>Both sides have the same.</summary>
    Settled,
    InFlight,
    Missing,
    Orphan,
    Mismatch,
    Parked,
}

/// <summary>One entry as packet, outbox, parked entries and ledger have it, read in this order.</summary>
internal sealed record EntryState(
    EntryKind Kind, string PacketId, int Ordinal, StoredClaim? Stored, bool InOutbox, ParkedClaim? Parked, LedgerEntry? Recorded)
{
    public EntryStatus Status => (Stored, Recorded) switch
    {
        // A parked entry may be in the outbox again, by a replay or with a restored Redis. It is listed among the
        // parked entries, too.
        (not null, null) when InOutbox => EntryStatus.InFlight,
        // Its user got the share in another way, and the row at its identity belongs to another user.
        (not null, _) when Parked is { Resolved: true } => EntryStatus.Settled,
        (null, null) => EntryStatus.None,
        (null, _) => EntryStatus.Orphan,
        (_, not null) => Stored.AmountFen == Recorded.AmountFen && IsSameUser ? EntryStatus.Settled : EntryStatus.Mismatch,
        _ when Parked is { Resolved: false } => EntryStatus.Parked,
        _ => EntryStatus.Missing,
    };

    // The ledger's row of a fund names no user, because it credits the packet.
    private bool IsSameUser => Kind == EntryKind.Fund || Stored!.UserId == Recorded!.UserId;

    /// <summary>
    /// The word for the status: settled, or the kind of the difference; null when neither side has it.
    /// </summary>
    public string? WireName => Status switch
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
    public Difference ToDifference()
    {
        var otherUser = Stored is not null && Recorded is not null && !IsSameUser ? Recorded.UserId : null;
        return new Difference(WireName!, EntryName.Of(Kind), PacketId, Stored?.UserId ?? Recorded?.UserId, Ordinal, Stored?.AmountFen,
            Recorded?.AmountFen, Time(Stored?.GrantedAt ?? Recorded?.GrantedAt), otherUser);
    }

    public static DateTimeOffset? Time(long? milliseconds) =>
        milliseconds is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
