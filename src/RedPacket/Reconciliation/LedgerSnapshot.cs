using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;

namespace RedPacket.Reconciliation;

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

    /// <summary>The connection and the transaction, for SQL of one's own.</summary>
    public DbTransaction Transaction => _transaction;

    /// <summary>True for what means that the ledger could not be read, and not that this program is wrong.</summary>
    public static bool IsFailure(Exception exception) => exception is DbException || exception.InnerException is DbException || LedgerOutage.IsOutage(exception);

    public static async Task<LedgerSnapshot> Open(IDbContextFactory<LedgerDbContext> contexts, CancellationToken cancellation)
    {
        var books = await contexts.CreateDbContextAsync(cancellation);
        try
        {
            await books.Database.OpenConnectionAsync(cancellation);
            var connection = books.Database.GetDbConnection();
            MustBeTheFileAtThePath(connection);
            // The usual BeginTransaction of SQLite takes the write lock at once; a deferred one only reads.
            var transaction = connection is SqliteConnection sqlite
                ? sqlite.BeginTransaction(deferred: true)
                : await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            await books.Database.UseTransactionAsync(transaction, cancellation);
            return new LedgerSnapshot(books, transaction);
        }
        catch
        {
            await books.DisposeAsync();
            throw;
        }
    }

    // A pooled connection goes on reading a file that was deleted or replaced.
    private static void MustBeTheFileAtThePath(DbConnection connection)
    {
        if (connection is not SqliteConnection sqlite || !SqliteLedgerFile.HasMoved(sqlite))
            return;
        SqliteConnection.ClearPool(sqlite);
        throw new LedgerUnavailableException($"The file {sqlite.DataSource} was moved, deleted or replaced while in use.");
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Books.DisposeAsync();
    }
}
