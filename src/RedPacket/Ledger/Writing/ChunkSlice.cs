using RedPacket.Messages;

namespace RedPacket.Ledger.Writing;

/// <summary>Some lines of a chunk, recorded in one transaction.</summary>
/// <param name="Lines">Indexes into the chunk's lines, in the order in which they are recorded.</param>
/// <param name="Outcomes">One per line of the whole chunk; true only once the transaction has been committed.</param>
internal sealed record ChunkSlice(Chunk Chunk, ReadOnlyMemory<int> Lines, RecordOutcome[] Outcomes)
{
    public static ChunkSlice Whole(Chunk chunk) =>
        new(chunk, Enumerable.Range(0, chunk.Lines.Count).ToArray(), new RecordOutcome[chunk.Lines.Count]);

    /// <summary>
    /// The same lines, money in before money out. When a chunk is recorded piece by piece, an over-issued packet then
    /// has its money first, and the share too many is refused.
    /// </summary>
    public ChunkSlice FundsFirst() =>
        this with { Lines = Lines.ToArray().OrderBy(line => Chunk.Lines[line].Entry?.Kind != EntryKind.Fund).ToArray() };

    /// <summary>The chunk's lines that are parked because they break a rule of the ledger.</summary>
    public HashSet<int> Refused { get; } = [];

    /// <summary>How many lines are parked, by reason.</summary>
    public IEnumerable<(string Reason, int Lines)> Parked() =>
        Enumerable.Range(0, Outcomes.Length).Where(line => Outcomes[line] == RecordOutcome.Parked).CountBy(ReasonOf)
            .Select(parked => (parked.Key, parked.Value));

    public (ChunkSlice First, ChunkSlice Second) Halves() =>
        (this with { Lines = Lines[..(Lines.Length / 2)] }, this with { Lines = Lines[(Lines.Length / 2)..] });

    private string ReasonOf(int line) =>
        Chunk.Lines[line].Entry is null ? ParkReason.Unreadable : Refused.Contains(line) ? ParkReason.Refused : ParkReason.Conflict;
}
