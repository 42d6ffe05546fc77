using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger.Postgres;
using RedPacket.Ledger.Sqlite;

namespace RedPacket.Ledger;

/// <summary>What a ledger is, and what it keeps. Never an address, a user or a password.</summary>
/// <param name="Durable">True when what was committed survives a power cut; null when that could not be asked.</param>
internal sealed record LedgerDescription(string Kind, string? Version, bool? Durable, string Detail);

/// <summary>Which database the ledger is in, told by the connection string alone. What differs between them stands behind this, and nowhere else.</summary>
internal abstract class LedgerProvider
{
    private static readonly LedgerProvider[] s_kinds = [new SqliteProvider(), new PostgresProvider()];

    /// <summary>Null when it names no ledger that this program can use.</summary>
    public static LedgerProvider? Of(string connectionString) => s_kinds.FirstOrDefault(kind => kind.IsNamedBy(connectionString));

    /// <summary>The one that settings which were checked at the start name.</summary>
    public static LedgerProvider Of(LedgerOptions options) =>
        Of(options.ConnectionString) ?? throw new InvalidOperationException("ConnectionStrings:Ledger names no ledger.");

    /// <summary>The one an open connection of a reader leads to.</summary>
    public static LedgerProvider Of(DbConnection connection) =>
        Of(connection.ConnectionString) ?? throw new InvalidOperationException("The connection leads to no ledger.");

    /// <summary>The writer's side; opens nothing yet.</summary>
    public abstract LedgerWriter Writer(LedgerOptions options, ILogger logger);

    /// <summary>For readers: they neither create a ledger nor write to it, whatever they run.</summary>
    public abstract void Read(DbContextOptionsBuilder context, string connectionString);

    /// <summary>A transaction that sees one moment and holds up no writer.</summary>
    public abstract Task<DbTransaction> BeginSnapshot(DbConnection connection, CancellationToken cancellation);

    /// <summary>What it is. Asks a server, for a second at most.</summary>
    public abstract Task<LedgerDescription> Describe(string connectionString, CancellationToken cancellation);

    /// <summary>True for a connection string that names a ledger of this kind.</summary>
    protected abstract bool IsNamedBy(string connectionString);
}
