using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace RedPacket.Ledger;

/// <summary>
/// The ledger at one moment: every query through <see cref="Db"/> sees the same commits, and no writer waits for it.
/// </summary>
internal sealed class LedgerSnapshot : IAsyncDisposable
{
    private readonly DbTransaction _transaction;

    private LedgerSnapshot(LedgerDbContext db, DbTransaction transaction)
    {
        Db = db;
        _transaction = transaction;
    }

    public LedgerDbContext Db { get; }

    public static async Task<LedgerSnapshot> Open(IDbContextFactory<LedgerDbContext> contexts,
        CancellationToken cancellation)
    {
        var db = await contexts.CreateDbContextAsync(cancellation);
        try
        {
            await db.Database.OpenConnectionAsync(cancellation);
            var connection = db.Database.GetDbConnection();
            var transaction = await LedgerProvider.Of(connection).BeginSnapshot(connection, cancellation);
            await db.Database.UseTransactionAsync(transaction, cancellation);
            return new LedgerSnapshot(db, transaction);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Db.DisposeAsync();
    }
}
