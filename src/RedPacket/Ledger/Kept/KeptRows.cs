namespace RedPacket.Ledger.Kept;

/// <summary>A report that was kept, so that it can be read later.</summary>
internal sealed class KeptReport
{
    public long Id { get; set; }

    /// <summary>When the report began to read: milliseconds since 1970.</summary>
    public long AsOf { get; set; }

    /// <summary>The report in one line of the history, as JSON.</summary>
    public required string Line { get; set; }

    /// <summary>The report as JSON, without its page of packets.</summary>
    public required string Report { get; set; }
}

/// <summary>A rule of the report that fails, or failed until a later report resolved it. At most one of a rule is unresolved.</summary>
internal sealed class AlertRow
{
    public long Id { get; set; }

    /// <summary>The id of the rule.</summary>
    public required string Rule { get; set; }

    /// <summary>The time of the first report in which the rule failed.</summary>
    public long OpenedAt { get; set; }

    /// <summary>The time of the last kept report in which it failed.</summary>
    public long SeenAt { get; set; }

    /// <summary>The largest difference between the sides of the rule so far: fen, or a count.</summary>
    public long Worst { get; set; }

    /// <summary>Null: no operator has seen it, or it became worse since.</summary>
    public long? AcknowledgedAt { get; set; }
    public string? AcknowledgedBy { get; set; }

    /// <summary>The time of the report in which the rule passed again.</summary>
    public long? ResolvedAt { get; set; }
}
