using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace RedPacket.Ledger;

/// <summary>The ledger at one moment: every query through <see cref="Books"/> sees the same commits, and no writer waits for it.</summary>
internal sealed class LedgerSnapshot : IAsyncDisposable
{
    private readonly DbTransaction _transaction;

    private LedgerSnapshot(LedgerDbContext books, DbTransaction transaction)
    {
        Books = books;
        _transaction = transaction;
    }

    public LedgerDbContext Books { get; }

    public static async Task<LedgerSnapshot> Open(IDbContextFactory<LedgerDbContext> contexts, CancellationToken cancellation)
    {
        var books = await contexts.CreateDbContextAsync(cancellation);
        try
        {
            await books.Database.OpenConnectionAsync(cancellation);
            var connection = books.Database.GetDbConnection();
            var transaction = await LedgerProvider.Of(connection).BeginSnapshot(connection, cancellation);
            await books.Database.UseTransactionAsync(transaction, cancellation);
            return new LedgerSnapshot(books, transaction);
        }
        catch
        {
            await books.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Books.DisposeAsync();
    }
}
