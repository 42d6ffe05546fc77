using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace RedPacket.Peers;

/// <summary>A share in the table. Its only key is the row number.</summary>
internal sealed class TransferRow
{
    public long Id { get; set; }
    public required string PacketId { get; set; }
    public required string UserId { get; set; }
    public int Ordinal { get; set; }
    public long AmountFen { get; set; }

    /// <summary>Milliseconds since 1970.</summary>
    public long GrabbedAt { get; set; }
}

internal sealed class SqliteDbContext(DbContextOptions<SqliteDbContext> options) : DbContext(options)
{
    public DbSet<TransferRow> Transfers => Set<TransferRow>();
}

/// <summary>
/// The table of the peers in SQLite: EF Core with a row and a transaction per grab. It has one connection, because
/// SQLite has one writer.
/// </summary>
internal sealed class SqliteTable : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly PooledDbContextFactory<SqliteDbContext> _contexts;
    private readonly SemaphoreSlim _writer = new(1);

    /// <param name="path">The file, which is created when missing.</param>
    public SqliteTable(string path)
    {
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        var options = new DbContextOptionsBuilder<SqliteDbContext>().UseSqlite(_connection).Options;
        _contexts = new PooledDbContextFactory<SqliteDbContext>(options);
        using var context = _contexts.CreateDbContext();
        context.Database.EnsureCreated();
        // The same durability as the service's ledger: a commit is on disk before its answer.
        context.Database.ExecuteSqlRaw("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    }

    /// <summary>Adds a row and returns when it is on disk.</summary>
    public async Task Add(GrabAccepted grab)
    {
        await _writer.WaitAsync();
        try
        {
            await using var context = await _contexts.CreateDbContextAsync();
            context.Transfers.Add(new TransferRow
            {
                PacketId = grab.PacketId,
                UserId = grab.UserId,
                Ordinal = grab.Ordinal,
                AmountFen = grab.AmountFen,
                GrabbedAt = grab.GrabbedAt,
            });
            await context.SaveChangesAsync();
        }
        finally
        {
            _writer.Release();
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _writer.Dispose();
    }
}
