using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;

namespace RedPacket.Demo.Faults;

/// <summary>The ledger's file, as anybody on this machine may open it.</summary>
internal sealed class LedgerFile(IOptions<LedgerOptions> options)
{
    /// <summary>Why it cannot be tampered with; null when it can.</summary>
    public string? WhyNot => SqliteLedgerFile.IsUsable(options.Value.ConnectionString) ? null : "The ledger is not a SQLite file: stop its server instead.";

    /// <summary>A connection of its own; throws where there is no file yet.</summary>
    public SqliteConnection Open()
    {
        var path = new SqliteConnectionStringBuilder(options.Value.ConnectionString).DataSource;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 10 }.ToString());
        connection.Open();
        SqliteLedgerFile.Execute(connection, "PRAGMA busy_timeout = 10000");
        return connection;
    }
}

/// <summary>Another program holds the ledger's write lock.</summary>
internal sealed class LedgerDown(LedgerFile ledger) : Fault
{
    private SqliteConnection? _holder;

    public override string Id => "ledger-down";

    public override string? WhyNot => ledger.WhyNot;

    protected override Task Start(TimeSpan lasts, CancellationToken cancellation) => Task.Run(() =>
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
        // Closing rolls back, and gives the lock up.
        _holder?.Dispose();
        _holder = null;
        return Task.CompletedTask;
    }
}

/// <summary>
/// Shares of every second packet cannot be written, for a cause that passes: a trigger in the ledger's own file, of which the service knows nothing. It carries
/// its end, so that it is harmless should this process not live to take it away.
/// </summary>
internal sealed class LedgerFailing(LedgerFile ledger) : Fault
{
    private const string Remove = "DROP TRIGGER IF EXISTS demo_fault";

    public override string Id => "ledger-failing";

    public override string? WhyNot => ledger.WhyNot;

    // The trigger reads the machine's clock, so that is the one that counts.
    // Malformed JSON is an error of the statement, and breaks no rule: neither an outage nor a reason to park the row.
    protected override Task Start(TimeSpan lasts, CancellationToken cancellation) => Execute(Remove, string.Create(CultureInfo.InvariantCulture, $$"""
        CREATE TRIGGER demo_fault BEFORE INSERT ON transfers WHEN NEW.kind = 2 AND NEW.packet % 2 = 0 AND unixepoch() <= {{(TimeProvider.System.GetUtcNow() + lasts).ToUnixTimeSeconds() + 1}}
        BEGIN SELECT json('{'); END
        """), cancellation);

    public override Task End(bool early) => Execute(Remove, "", CancellationToken.None);

    private Task Execute(string first, string second, CancellationToken cancellation) => Task.Run(() =>
    {
        using var connection = ledger.Open();
        SqliteLedgerFile.Execute(connection, first);
        if (second.Length > 0)
            SqliteLedgerFile.Execute(connection, second);
    }, cancellation);
}
