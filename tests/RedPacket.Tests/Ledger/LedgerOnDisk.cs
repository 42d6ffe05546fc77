using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Ledger;

/// <summary>A ledger in a folder of its own, with as many journals on it as a test wants.</summary>
internal sealed class LedgerOnDisk : IDisposable
{
    private readonly Folder folder = new("ledger");
    private readonly List<Journal> journals = [];

    public LedgerOnDisk(string name = "ledger.db") => Path = folder.File(name);

    public string Path { get; }

    /// <summary>What the journals logged, by event id.</summary>
    public LogLines Log { get; } = new();

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A journal that has been started and may still be opening the file.</summary>
    public Journal Start(TimeProvider? time = null, int maxRows = 20_000)
    {
        var options = new LedgerOptions
        {
            ConnectionString = $"Data Source={Path}",
            MaxRows = maxRows,
            BusyTimeout = TimeSpan.FromSeconds(1),
            FirstPause = TimeSpan.FromMilliseconds(10),
            LongestPause = TimeSpan.FromMilliseconds(100),
        };
        var journal = new Journal(Options.Create(options), time ?? TimeProvider.System, Log);
        journals.Add(journal);
        journal.Start();
        return journal;
    }

    /// <summary>A journal whose ledger is open.</summary>
    public async Task<Journal> Open(TimeProvider? time = null)
    {
        var journal = Start(time);
        await Eventually.Holds(() => journal.State.Up);
        return journal;
    }

    /// <summary>What <see cref="IDbContextFactory{TContext}"/> gives to readers.</summary>
    public LedgerDbContext Read()
    {
        var context = new DbContextOptionsBuilder<LedgerDbContext>();
        SqliteLedgerFile.Read(context, $"Data Source={Path}");
        return new LedgerDbContext(context.Options);
    }

    /// <summary>Another program that has the file open.</summary>
    public SqliteConnection Other()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False;Default Timeout=5");
        connection.Open();
        return connection;
    }

    public long Number(string sql)
    {
        using var other = Other();
        using var command = other.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    public void Execute(string sql)
    {
        using var other = Other();
        SqliteLedgerFile.Execute(other, sql);
    }

    /// <summary>Every promise that holds for any ledger at any time.</summary>
    public void MustBalance()
    {
        Assert.Equal(0, Number("SELECT sum(debits) - sum(credits) FROM accounts"));
        Assert.Equal(0, Number("SELECT count(*) FROM accounts a WHERE debits <> (SELECT coalesce(sum(amount_fen), 0) FROM transfers WHERE debit_account = a.id)"));
        Assert.Equal(0, Number("SELECT count(*) FROM accounts a WHERE credits <> (SELECT coalesce(sum(amount_fen), 0) FROM transfers WHERE credit_account = a.id)"));
        Assert.Equal(0, Number("SELECT count(*) FROM accounts WHERE kind = 2 AND credits > 0 AND debits > credits"));
        Assert.Equal(0, Number("SELECT count(*) FROM transfers WHERE recording NOT IN (SELECT id FROM recordings)"));
        Assert.Equal(0, Number("SELECT count(*) FROM recordings WHERE id NOT IN (SELECT recording FROM transfers)"));
    }

    public void Dispose()
    {
        foreach (var journal in journals)
            journal.Dispose();
        SqliteConnection.ClearAllPools();
        folder.Dispose();
    }

    /// <summary>A log that only remembers which events there were.</summary>
    internal sealed class LogLines : ILogger<Journal>
    {
        private readonly ConcurrentQueue<int> ids = new();

        public int Count(int id) => ids.Count(each => each == id);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            ids.Enqueue(eventId.Id);
    }
}
