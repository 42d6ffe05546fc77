
namespace RedPacket.Ledger;

/// <summary>One transfer to record. Identity: packet, kind, ordinal.</summary>
/// <param name="Payload">The line it came as, kept if it has to be parked.</param>
internal sealed record Posting(string PacketId, TransferKind Kind, int Ordinal, string UserId, long AmountFen, long GrantedAt, string? Terms, string Payload);

/// <summary>What one message carried.</summary>
/// <param name="Lines">One element per entry, in order: the posting, or null where the line could not be read (<paramref name="Payloads"/> has it).</param>
/// <param name="HighestSeq">The highest delivery number in it.</param>
/// <param name="PublishedAt">Milliseconds since 1970.</param>
/// <param name="Slow">True when it came by the slow lane: live chunks go first.</param>
/// <param name="Run">The run of the shard's gate it was read from. Where the ledger has another (and not none), its lines can only be found, not added.</param>
/// <param name="Forgotten">
/// True for the lines of an earlier run that their packets do not stand by (any more): of these a fund is added all the same, and ends the ledger's run, so
/// that the gate compares again; a grab is parked, to be made good.
/// </param>
internal sealed record Chunk(int Shard, IReadOnlyList<Posting?> Lines, IReadOnlyList<string> Payloads, long HighestSeq, long PublishedAt, string? Traceparent, bool Slow,
    string? Run = null, bool Forgotten = false)
{
    /// <summary>Why a grab that nobody stands by is parked.</summary>
    public const string WhyForgotten = "Granted under an earlier run of Redis, and forgotten by it: neither the packet nor the ledger has it.";

    /// <summary>Some of its lines, as forgotten ones.</summary>
    public Chunk Forget(IReadOnlyList<int> lines) => this with { Lines = [.. lines.Select(line => Lines[line])], Payloads = [.. lines.Select(line => Payloads[line])], Forgotten = true };
}

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

    /// <summary>It comes from an earlier run of its shard and stands nowhere: what becomes of it is for its packet to say.</summary>
    Late,
}
