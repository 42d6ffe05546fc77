namespace RedPacket.Ledger.Followers;

/// <summary>How far the announcer is: one row, made by the first announcer of this ledger.</summary>
internal sealed class AnnouncedRow
{
    /// <summary>Always 1.</summary>
    public int Id { get; set; }

    /// <summary>The last transfer that was announced, or passed over because no queue was bound.</summary>
    public long Position { get; set; }

    /// <summary>The announcer that works, or that worked last; null before the first.</summary>
    public string? Holder { get; set; }

    /// <summary>Until then no other announcer works: milliseconds since 1970.</summary>
    public long Until { get; set; }
}

/// <summary>One subscriber as it reported last, and the ledger's sums beside its sums.</summary>
internal sealed class SubscriberRow
{
    public required string Name { get; set; }

    /// <summary>The last transfer that it has processed.</summary>
    public long Position { get; set; }

    /// <summary>Its own sums over all grabs through that transfer.</summary>
    public long Grabs { get; set; }
    public long GrantedFen { get; set; }

    /// <summary>The ledger's sums over the same grabs. Null when the ledger had no transfer of that number.</summary>
    public long? LedgerGrabs { get; set; }
    public long? LedgerGrantedFen { get; set; }
    public long ReportedAt { get; set; }
}
