namespace RedPacket.Ledger;

/// <summary>One transfer to record. Identity: packet, kind, ordinal.</summary>
/// <param name="Payload">The line it came as, kept if it has to be parked.</param>
internal sealed record Posting(string PacketId, TransferKind Kind, int Ordinal, string UserId, long AmountFen, long GrantedAt, string? Terms, string Payload);

/// <summary>What one message carried.</summary>
/// <param name="Lines">One element per entry, in order: the posting, or null where the line could not be read (<paramref name="Payloads"/> has it).</param>
/// <param name="HighestSeq">The highest delivery number in it.</param>
/// <param name="PublishedAt">Milliseconds since 1970.</param>
/// <param name="Slow">True when it came by the slow lane: live chunks go first.</param>
internal sealed record Chunk(int Shard, IReadOnlyList<Posting?> Lines, IReadOnlyList<string> Payloads, long HighestSeq, long PublishedAt, string? Traceparent, bool Slow);

/// <summary>What became of one entry of a chunk.</summary>
internal enum RecordOutcome
{
    /// <summary>A new transfer stands in the ledger.</summary>
    Inserted,

    /// <summary>It stood there already, field for field the same.</summary>
    Duplicate,

    /// <summary>It stands in the table of parked entries, with a reason.</summary>
    Parked,

    /// <summary>It failed for a passing cause and stands nowhere: it must stay in the outbox.</summary>
    Left,
}
