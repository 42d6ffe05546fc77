using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>
/// One line of a message, with the entry that it says. <paramref name="Entry"/> is null for a line that cannot be read.
/// </summary>
/// <param name="Payload">The line as it came, kept for the case that it is parked.</param>
internal readonly record struct ChunkLine(string Payload, Entry? Entry)
{
    public static ChunkLine Read(string payload) => new(payload, Entry.TryParse(payload, out var entry) ? entry : null);
}

/// <summary>The lines of one message, for the ledger to record.</summary>
/// <param name="HighestSeq">The highest delivery number in it. 0: it is beyond every border of a run.</param>
/// <param name="PublishedAt">Milliseconds since 1970.</param>
/// <param name="Slow">True when it came by the slow lane: live chunks go first.</param>
/// <param name="Followed">
/// Its followed shares, a line <c>packetId ordinal traceparent</c> for each. The ledger keeps them for its followers.
/// </param>
/// <param name="Run">
/// The run of the shard's gate in which it was read. If the ledger has recorded a different run, its lines may match
/// existing transfers but add none.
/// </param>
/// <param name="Forgotten">
/// True for lines of an earlier run that Redis does not have any more. They are parked. Repair takes them back into
/// Redis, or pays them.
/// </param>
internal sealed record Chunk(
    int Shard, IReadOnlyList<ChunkLine> Lines, long HighestSeq, long PublishedAt, string? Traceparent, bool Slow,
    string? Run = null, bool Forgotten = false, string? Followed = null)
{
    /// <summary>The run of lines that only Redis had, and that no run can have. An ended run is empty.</summary>
    public const string LostRun = "lost";

    /// <summary>Why a forgotten fund or grab is parked.</summary>
    public const string WhyForgotten =
        "It comes from an earlier run of Redis, which has forgotten it or could not be asked, and the ledger does not have it.";

    /// <summary>Why a line without an entry is parked.</summary>
    public const string WhyUnreadable = "The line is no entry that this version can read.";

    /// <summary>True for lines that the ledger only parks. They come from a gate, and no pause of settlement keeps them waiting.</summary>
    public bool IsOnlyParked => Run == LostRun;

    /// <summary>Some of its lines.</summary>
    public Chunk Only(IReadOnlyList<int> lines) => this with { Lines = [.. lines.Select(line => Lines[line])] };
}

/// <summary>The result for one line of a chunk.</summary>
internal enum RecordOutcome
{
    /// <summary>The ledger has a new transfer.</summary>
    Inserted,

    /// <summary>
    /// The ledger had it already: a transfer that is the same in every field, or a parked line that was resolved.
    /// </summary>
    Duplicate,

    /// <summary>The table of parked entries has it, with a reason.</summary>
    Parked,

    /// <summary>It failed for a passing cause and is recorded nowhere: it must stay in the outbox.</summary>
    Left,

    /// <summary>
    /// It comes from an earlier run of its shard and the ledger does not have it: its packet decides what becomes of
    /// it.
    /// </summary>
    StaleRun,
}
