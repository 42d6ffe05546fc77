using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger.Postgres;
using RedPacket.Ledger.Sqlite;
using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger;

/// <summary>The kind of the ledger, and how safe it is. Never an address, a user or a password.</summary>
/// <param name="Durable">True when commits survive a power cut; null when that could not be asked.</param>
internal sealed record LedgerDescription(string Kind, string? Version, bool? Durable, string Detail);

/// <summary>
/// The database that holds the ledger, as the connection string says. All differences between the databases are behind
/// this class.
/// </summary>
internal abstract class LedgerProvider
{
    private static readonly LedgerProvider[] s_kinds = [new SqliteProvider(), new PostgresProvider()];

    /// <summary>Null when it names no ledger that this program can use.</summary>
    public static LedgerProvider? Of(string connectionString) =>
        s_kinds.FirstOrDefault(kind => kind.IsNamedBy(connectionString));

    /// <summary>Of settings that were checked at the start.</summary>
    public static LedgerProvider Of(LedgerOptions options) =>
        Of(options.ConnectionString) ?? throw new InvalidOperationException("ConnectionStrings:Ledger names no ledger.");

    /// <summary>Of an open connection of a reader.</summary>
    public static LedgerProvider Of(DbConnection connection) =>
        Of(connection.ConnectionString) ?? throw new InvalidOperationException("The connection leads to no ledger.");

    /// <summary>The writer's side; opens nothing yet.</summary>
    public abstract LedgerWriter Writer(LedgerOptions options, LedgerCreation creation, TimeProvider clock, ILogger logger);

    /// <summary>For readers: they can neither create a ledger nor write to it.</summary>
    public abstract void Read(DbContextOptionsBuilder context, string connectionString);

    /// <summary>
    /// Has EF Core make what it needs to open a ledger, without opening one. That takes a new process some time.
    /// </summary>
    public abstract void Prepare(string connectionString);

    /// <summary>A transaction that sees one moment and delays no writer.</summary>
    public abstract Task<DbTransaction> BeginSnapshot(DbConnection connection, CancellationToken cancellation);

    /// <summary>Numbers as the rows of a query, so that one query looks up any number of rows by index.</summary>
    public abstract IQueryable<long> Rows(LedgerDbContext db, long[] numbers);

    /// <summary>The kind and version of the ledger. A server gets at most a second to answer.</summary>
    public abstract Task<LedgerDescription> Describe(string connectionString, CancellationToken cancellation);

    /// <summary>True for a connection string that names a ledger of this kind.</summary>
    protected abstract bool IsNamedBy(string connectionString);
}
