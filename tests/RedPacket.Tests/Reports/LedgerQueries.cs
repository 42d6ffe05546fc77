using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace RedPacket.Tests.Reports;

/// <summary>Counts the queries of a ledger's readers. A test may do something between any two of them.</summary>
internal sealed class LedgerQueries : DbCommandInterceptor
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Called before each query.</summary>
    public Func<Task>? Before { get; set; }

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _count);
        if (Before is { } before)
            await before();
        return result;
    }
}
