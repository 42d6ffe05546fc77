using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;

namespace RedPacket.Demo.Faults;

/// <summary>The ledger's SQLite file, as another program on this machine would open it.</summary>
internal sealed class LedgerFile(IOptions<LedgerOptions> options)
{
    /// <summary>The reason why faults cannot use it; null if they can.</summary>
    public string? UnavailableReason => SqliteLedgerFile.IsUsable(options.Value.ConnectionString) ? null
        : "This fault needs a SQLite ledger. Stop the database server instead.";

    /// <summary>Opens a separate connection. Throws if the file does not exist yet.</summary>
    public SqliteConnection Open()
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = new SqliteConnectionStringBuilder(options.Value.ConnectionString).DataSource,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = 10,
        };
        var connection = new SqliteConnection(settings.ToString());
        connection.Open();
        SqliteLedgerFile.Execute(connection, "PRAGMA busy_timeout = 10000");
        return connection;
    }
}

/// <summary>Another connection holds the ledger's write lock.</summary>
internal sealed class LedgerDown(LedgerFile ledger) : Fault
{
    private SqliteConnection? _holder;

    public override string Id => "ledger-down";

    public override string? UnavailableReason => ledger.UnavailableReason;

    protected override Task Start(TimeSpan duration, CancellationToken cancellation) => Task.Run(() =>
    {
        var holder = ledger.Open();
        try
        {
            SqliteLedgerFile.Execute(holder, "BEGIN EXCLUSIVE");
            _holder = holder;
        }
        catch
        {
            holder.Dispose();
            throw;
        }
    }, cancellation);

    public override Task End(bool early)
    {
        // Closing rolls back and releases the lock.
        _holder?.Dispose();
        _holder = null;
        return Task.CompletedTask;
    }
}

/// <summary>
/// The ledger fails to record the shares of every second packet, because of a trigger in its file. The service does not
/// know the trigger. The trigger contains its end time, so it does no harm if this process dies before it can drop it.
/// </summary>
internal sealed class LedgerFailing(LedgerFile ledger) : Fault
{
    private const string DropTrigger = "DROP TRIGGER IF EXISTS demo_fault";

    public override string Id => "ledger-failing";

    public override string? UnavailableReason => ledger.UnavailableReason;

    // Malformed JSON is an error of the statement. It is neither an outage nor a broken constraint, so the row is
    // retried and not parked.
    protected override Task Start(TimeSpan duration, CancellationToken cancellation)
    {
        // The trigger reads the machine's clock, so its end is computed from the same clock.
        var lastSecond = (TimeProvider.System.GetUtcNow() + duration).ToUnixTimeSeconds() + 1;
        var createTrigger = string.Create(CultureInfo.InvariantCulture, $$"""
            CREATE TRIGGER demo_fault BEFORE INSERT ON transfers
            WHEN NEW.kind = 2 AND NEW.packet % 2 = 0 AND unixepoch() <= {{lastSecond}}
            BEGIN SELECT json('{'); END
            """);
        return Execute(cancellation, DropTrigger, createTrigger);
    }

    public override Task End(bool early) => Execute(CancellationToken.None, DropTrigger);

    private Task Execute(CancellationToken cancellation, params string[] statements) => Task.Run(() =>
    {
        using var connection = ledger.Open();
        foreach (var statement in statements)
            SqliteLedgerFile.Execute(connection, statement);
    }, cancellation);
}
