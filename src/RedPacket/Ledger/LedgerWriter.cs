using System.Data.Common;

namespace RedPacket.Ledger;

/// <summary>
/// The writer's side of a ledger: one connection, used by the writer's thread only. Whatever it does is either durable when the call returns,
/// or was not done as far as anybody may rely on; an outage is thrown (<see cref="LedgerOutage"/>). Of all who write, in whatever process, one
/// writes at a time, so transfers are numbered in the order of their commits.
/// </summary>
internal abstract class LedgerWriter : IDisposable
{
    /// <summary>Opens the ledger, makes it if this process never had it, and sees that what is open can still be relied on. Called before each use.</summary>
    public abstract void Open();

    /// <summary>Records the lines in one transaction and fills in their outcomes. Returns how many transfers it added.</summary>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public abstract int Record(IReadOnlyList<ChunkSlice> parts, long nowMs);

    /// <summary>Parks the lines with the database's own words.</summary>
    public abstract void ParkRefused(ChunkSlice part, string detail, long nowMs);

    /// <summary>Runs the work in a transaction, committed when it returns and rolled back when it throws.</summary>
    public abstract void Run(Action<DbConnection, DbTransaction> work);

    /// <summary>Sees by a real, empty commit that the ledger can be written.</summary>
    public abstract void Probe();

    /// <summary>After a failure: a connection that is merely kept waiting is kept, any other is opened anew.</summary>
    public abstract void Failed(Exception exception);

    public abstract void Dispose();
}
