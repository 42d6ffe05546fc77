namespace RedPacket.Ledger;

/// <summary>
/// One transaction of the ledger: its writer, and the writer's count of transactions. A ledger that has at least this
/// count of the writer has this transaction, and everything that was committed before it.
/// </summary>
internal readonly record struct LedgerMark(string Writer, long Number);

/// <summary>The outcome of each line of a chunk, and the transaction in which all of them hold.</summary>
internal sealed record RecordedChunk(RecordOutcome[] Outcomes, LedgerMark Mark)
{
    /// <summary>Null for a chunk with entries of an earlier run.</summary>
    public WriteTimes? Written { get; init; }
}

/// <summary>When a transaction began, and when it was durable.</summary>
internal sealed record WriteTimes(DateTimeOffset Begun, DateTimeOffset Durable);
