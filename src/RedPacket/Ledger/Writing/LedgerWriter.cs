using RedPacket.Ledger.Pauses;

namespace RedPacket.Ledger.Writing;

/// <summary>
/// The writer's side of a ledger: one connection, used by the writer's thread only. A change is durable when the call
/// returns, or must be taken as not done; an outage is thrown (<see cref="LedgerOutage"/>). Of all writers, in all
/// processes, one writes at a time, so transfers are numbered in the order of their commits.
/// </summary>
internal abstract class LedgerWriter : IDisposable
{
    /// <summary>The last transaction of this writer. Redis keeps it with what it forgets on its word.</summary>
    public LedgerMark Mark => Count.Mark;

    /// <summary>Counts the transactions.</summary>
    protected WriterCount Count { get; } = new();

    /// <summary>
    /// Opens the ledger, creates it if this process never had it, and checks that an open one can still be relied on.
    /// Called before each use.
    /// </summary>
    public abstract void Open();

    /// <summary>
    /// Inserts the lines in one transaction and fills in their outcomes. Returns how many transfers it added.
    /// </summary>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public abstract int Insert(IReadOnlyList<ChunkSlice> parts, long nowMs);

    /// <summary>Parks the lines with the database's own words.</summary>
    public abstract void ParkRefused(ChunkSlice part, string detail, long nowMs);

    /// <summary>Executes the work in a transaction, committed when it returns and rolled back when it throws.</summary>
    public abstract void Execute(Action<LedgerTransaction> work);

    /// <summary>The pause of settlement; null while there is none.</summary>
    public abstract Pause? ReadPause();

    /// <summary>Checks by a real, empty commit that the ledger can be written.</summary>
    public abstract void Probe();

    /// <summary>After a failure: a connection that merely has to wait is kept, any other is opened anew.</summary>
    public abstract void Failed(Exception exception);

    public abstract void Dispose();
}
