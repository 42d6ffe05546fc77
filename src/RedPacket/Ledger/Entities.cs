using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>The purpose of an account. <see cref="AccountCode"/> spells the codes.</summary>
internal enum AccountKind
{
    /// <summary>Of a shard: where the senders' money comes from.</summary>
    Funding = 1,

    /// <summary>The escrow of one packet.</summary>
    Packet = 2,

    /// <summary>Of a user: what the user has been given.</summary>
    Wallet = 3,

    /// <summary>Of a shard: what corrections have paid.</summary>
    Loss = 4,
}

/// <summary>One account. Two totals that only grow; a balance is their difference and is never stored.</summary>
internal sealed class Account
{
    public long Id { get; set; }
    public required string Code { get; set; }
    public AccountKind Kind { get; set; }

    /// <summary><see cref="UserId.Check"/> of a wallet's user, 0 for other accounts.</summary>
    public int Check { get; set; }
    public long Debits { get; set; }
    public long Credits { get; set; }

    /// <summary>
    /// When its packet was archived: from then on its totals count in the sums of its shard. Null for all others.
    /// </summary>
    public long? ArchivedAt { get; set; }
}

/// <summary>
/// A packet as the ledger numbers it. The first of its entries to arrive makes it, and the fund entry brings the terms.
/// </summary>
internal sealed class LedgerPacket
{
    public long Number { get; set; }
    public required string PacketId { get; set; }
    public int Shard { get; set; }
    public string? Terms { get; set; }

    /// <summary>The hash of sender and Idempotency-Key, from the terms.</summary>
    public string? KeyHash { get; set; }

    /// <summary>
    /// The number of a packet that was funded before with the same key, while the key was valid. There should be none.
    /// </summary>
    public long? Repeats { get; set; }
    public long? ArchivedAt { get; set; }
}

/// <summary>
/// One transfer: one debit account, one credit account, one positive amount. It is appended and never changed.
/// </summary>
internal sealed class Transfer
{
    public long Id { get; set; }
    public long Packet { get; set; }
    public EntryKind Kind { get; set; }
    public long Ordinal { get; set; }
    public long DebitAccount { get; set; }
    public long CreditAccount { get; set; }
    public long AmountFen { get; set; }
    public long GrantedAt { get; set; }
    public long Recording { get; set; }
}

/// <summary>One recorded chunk: what a claim's timeline needs besides the claim's own row.</summary>
internal sealed class Recording
{
    public long Id { get; set; }
    public long RecordedAt { get; set; }
    public long PublishedAt { get; set; }
    public string? Traceparent { get; set; }

    /// <summary>Its followed shares (<see cref="Chunk.Followed"/>).</summary>
    public string? Followed { get; set; }
}

/// <summary>
/// An entry set aside with a reason. It is neither lost nor recorded, and the report names it until it is resolved or
/// recorded.
/// </summary>
internal sealed class ParkedEntry
{
    public long Id { get; set; }
    public int Shard { get; set; }

    /// <summary>Empty when the line could not be read, as are the four after it.</summary>
    public string PacketId { get; set; } = "";
    public EntryKind Kind { get; set; }
    public int Ordinal { get; set; }
    public string UserId { get; set; } = "";
    public long AmountFen { get; set; }

    /// <summary>The entry's line, unchanged.</summary>
    public required string Payload { get; set; }

    /// <summary><c>unreadable</c>, <c>conflict</c> or <c>refused</c>.</summary>
    public required string Reason { get; set; }
    public required string Detail { get; set; }
    public long ParkedAt { get; set; }
    public long PublishedAt { get; set; }
    public string? Traceparent { get; set; }

    /// <summary>
    /// For a conflict explained by a lost run of Redis: the run that granted it, empty when that is not known. Null for
    /// all others.
    /// </summary>
    public string? LostRun { get; set; }

    /// <summary>
    /// When it was resolved without being recorded; null while it waits. The row stays, because the same line may come
    /// again.
    /// </summary>
    public long? ResolvedAt { get; set; }

    /// <summary>How, in one word; null while it waits.</summary>
    public string? Resolution { get; set; }

    /// <summary>How often an operator replayed it.</summary>
    public int Replays { get; set; }

    /// <summary>
    /// Of a payment: when an operator made it, or acknowledged that the repair loop had. Null until then, and for all
    /// other entries.
    /// </summary>
    public long? AcknowledgedAt { get; set; }
}

/// <summary>One repair, replay, correction or gate opening: who did it, and what it changed.</summary>
internal sealed class Audit
{
    public long Id { get; set; }
    public long At { get; set; }
    public required string Actor { get; set; }
    public required string Action { get; set; }
    public required string Detail { get; set; }
}

/// <summary>
/// Sums over all transfers up to one id that a report found right, so that the next one need not start at the first
/// row.
/// </summary>
internal sealed class Digest
{
    public long Id { get; set; }
    public long At { get; set; }
    public long ThroughTransfer { get; set; }
    public long Transfers { get; set; }
    public long AmountFen { get; set; }
}

/// <summary>The house's own facts: one row, made by the first process that keeps its gates.</summary>
internal sealed class House
{
    /// <summary>Always 1.</summary>
    public int Id { get; set; }

    /// <summary>
    /// How many shards there are to be. It is raised and never falls. They are in force when each of them has had a
    /// run.
    /// </summary>
    public int Shards { get; set; }

    /// <summary>
    /// The number that shards may know. It follows <see cref="Shards"/> once all have answered: until then a raise
    /// changes nothing.
    /// </summary>
    public int Told { get; set; }

    /// <summary>Since when settlement is paused: milliseconds since 1970. Null while it is not.</summary>
    public long? PausedAt { get; set; }

    /// <summary>The operator who paused it.</summary>
    public string? PausedBy { get; set; }
    public string? PauseReason { get; set; }
}

/// <summary>
/// One writer of this ledger, and how many transactions it has committed. The rows are as many as processes were
/// started and older states restored. They prove that the ledger has the transactions that Redis knows
/// (<see cref="LedgerMark"/>).
/// </summary>
internal sealed class WriterRow
{
    public required string Id { get; set; }
    public long Number { get; set; }
}

/// <summary>
/// Per shard: the highest delivery number seen (the gate starts beyond it), the run, and the sums over archived
/// packets. Every number starts at 0 in the table itself, so that each writer names only its own.
/// </summary>
internal sealed class LedgerShard
{
    public int Shard { get; set; }
    public long HighestSeq { get; set; }

    /// <summary>
    /// The run of the gate whose grants are recorded: an opening sets it. Empty when the gate must be opened again,
    /// null before the first opening.
    /// </summary>
    public string? Run { get; set; }

    /// <summary>The run before it, whose grants are recorded up to <see cref="BorderSeq"/>.</summary>
    public string? BorderRun { get; set; }
    public long BorderSeq { get; set; }
    public long ArchivedPackets { get; set; }
    public long ArchivedEmptied { get; set; }
    public long ArchivedClaims { get; set; }
    public long ArchivedFundedFen { get; set; }
    public long ArchivedGrantedFen { get; set; }
    public long ArchivedRefundedFen { get; set; }
}
