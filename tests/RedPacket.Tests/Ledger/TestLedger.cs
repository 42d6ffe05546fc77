using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using RedPacket.Ledger;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// A ledger for one test, with any number of journals on it: a SQLite file in a folder, or a database of a PostgreSQL server.
/// </summary>
internal sealed class TestLedger : IDisposable
{
    private readonly Folder _folder = new("ledger");
    private readonly List<Journal> _journals = [];
    private readonly SharedPostgres? _shared;

    public TestLedger(string name = "ledger.db")
    {
        Path = _folder.File(name);
        ConnectionString = $"Data Source={Path}";
    }

    private TestLedger(string connectionString, SharedPostgres? shared)
    {
        _shared = shared;
        ConnectionString = connectionString;
        Path = "";
    }

    /// <summary>On PostgreSQL where that is given, else in a SQLite file.</summary>
    public static async Task<TestLedger> On(SharedPostgres? postgres) =>
        postgres is null ? new TestLedger() : new TestLedger(await postgres.Take(), postgres);

    public static async Task<TestLedger> On(PostgresServer server) =>
        At($"{await server.NewDatabase()};{SharedPostgres.Patient}");

    /// <summary>Wherever a connection string to PostgreSQL leads.</summary>
    public static TestLedger At(string connectionString) => new(connectionString, null);

    /// <summary>How long a journal waits for another program that writes. Short where that program is what the test is about.</summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Why no empty ledger may be created; null where there was none before.</summary>
    public string? Refusal { get; set; }

    /// <summary>The check that journals make before they create the ledger.</summary>
    public LedgerCreation Creation => new(() => Refusal);

    /// <summary>As the settings have it.</summary>
    public string ConnectionString { get; }

    /// <summary>Of the SQLite file; empty on PostgreSQL.</summary>
    public string Path { get; }

    private bool IsFile => Path.Length > 0;

    /// <summary>The log events of the journals, by event id.</summary>
    public JournalLog Log { get; } = new();

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A journal that has been started and may still be opening the file.</summary>
    public Journal Start(TimeProvider? clock = null, int maxRows = 20_000, bool beginAnew = false)
    {
        var options = new LedgerOptions
        {
            ConnectionString = ConnectionString,
            MaxRows = maxRows,
            BusyTimeout = BusyTimeout,
            FirstPause = TimeSpan.FromMilliseconds(10),
            LongestPause = TimeSpan.FromMilliseconds(100),
            BeginAnew = beginAnew,
        };
        var journal = new Journal(Options.Create(options), Creation, clock ?? TimeProvider.System, Log);
        _journals.Add(journal);
        journal.Start();
        return journal;
    }

    /// <summary>A journal whose ledger is open.</summary>
    public async Task<Journal> Open(TimeProvider? clock = null)
    {
        var journal = Start(clock);
        await Eventually.Holds(() => journal.State.Up);
        return journal;
    }

    /// <summary>The context that readers get from <see cref="IDbContextFactory{TContext}"/>.</summary>
    public LedgerDbContext Read()
    {
        var context = new DbContextOptionsBuilder<LedgerDbContext>();
        Read(context);
        return new LedgerDbContext(context.Options);
    }

    /// <summary>The options of such a context.</summary>
    public void Read(DbContextOptionsBuilder context) =>
        LedgerProvider.Of(ConnectionString)!.Read(context, ConnectionString);

    /// <summary>Another program that has the file open.</summary>
    public SqliteConnection Other()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False;Default Timeout=60");
        connection.Open();
        return connection;
    }

    public long Number(string sql)
    {
        using var other = Connect();
        using var command = other.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>The first column of every row.</summary>
    public List<string> Texts(string sql)
    {
        using var other = Connect();
        using var command = other.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        List<string> texts = [];
        while (reader.Read())
            texts.Add(reader.GetString(0));
        return texts;
    }

    public void Execute(string sql)
    {
        using var other = Connect();
        using var command = other.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Recording the entry of an ordinal fails from now on, for a cause that is neither an outage nor the row's own.</summary>
    public void BreakOrdinal(int ordinal) => Execute(IsFile
        ? $"CREATE TRIGGER broken BEFORE INSERT ON transfers WHEN NEW.ordinal = {ordinal} BEGIN SELECT abs(-9223372036854775808); END"
        : $"""
            CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''by hand''; END';
            CREATE TRIGGER broken BEFORE INSERT ON transfers FOR EACH ROW WHEN (NEW.ordinal = {ordinal}) EXECUTE FUNCTION broken()
            """);

    public void MendOrdinal() =>
        Execute(IsFile ? "DROP TRIGGER broken" : "DROP TRIGGER broken ON transfers; DROP FUNCTION broken()");

    /// <summary>Makes the ledger unreachable: moves the file away, or refuses new connections and ends the open ones.</summary>
    public async Task TakeAway()
    {
        if (IsFile)
        {
            SqliteConnection.ClearAllPools();
            File.Move(Path, Path + ".away");
            return;
        }
        var database = new NpgsqlConnectionStringBuilder(ConnectionString).Database;
        await Administer($"ALTER DATABASE {database} ALLOW_CONNECTIONS false");
        await Administer($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
    }

    /// <summary>After <see cref="TakeAway"/>: puts something in its place that is no ledger.</summary>
    public async Task PutGarbageInItsPlace()
    {
        if (IsFile)
        {
            await File.WriteAllTextAsync(Path, new string('x', 10_000), Stop);
            return;
        }
        var database = new NpgsqlConnectionStringBuilder(ConnectionString).Database;
        await Administer($"ALTER DATABASE {database} RENAME TO {database}_away");
        await Administer($"CREATE DATABASE {database}");
    }

    /// <summary>Another program that keeps everybody from writing, until it is disposed.</summary>
    public DbConnection Lock()
    {
        var other = Connect();
        using var command = other.CreateCommand();
        command.CommandText = IsFile ? "BEGIN IMMEDIATE" : "BEGIN; LOCK TABLE transfers IN EXCLUSIVE MODE";
        command.ExecuteNonQuery();
        return other;
    }

    /// <summary>Every promise that holds for any ledger at any time.</summary>
    public void MustBalance()
    {
        Assert.Equal(0, Number("SELECT sum(debits) - sum(credits) FROM accounts"));
        Assert.Equal(0, Number(
            "SELECT count(*) FROM accounts a WHERE debits <> "
            + "(SELECT coalesce(sum(amount_fen), 0) FROM transfers WHERE debit_account = a.id)"));
        Assert.Equal(0, Number(
            "SELECT count(*) FROM accounts a WHERE credits <> "
            + "(SELECT coalesce(sum(amount_fen), 0) FROM transfers WHERE credit_account = a.id)"));
        Assert.Equal(0, Number("SELECT count(*) FROM accounts WHERE kind = 2 AND credits > 0 AND debits > credits"));
        // Others follow the ledger by its numbers.
        Assert.Equal(0, Number("SELECT coalesce(max(id), 0) - count(*) FROM transfers"));
        Assert.Equal(0, Number("SELECT count(*) FROM transfers WHERE recording NOT IN (SELECT id FROM recordings)"));
        Assert.Equal(0, Number("SELECT count(*) FROM recordings WHERE id NOT IN (SELECT recording FROM transfers)"));
    }

    public void Dispose()
    {
        foreach (var journal in _journals)
            journal.Dispose();
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
        _shared?.Return(ConnectionString);
    }

    private async Task Administer(string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString);
        await connection.OpenAsync(Stop);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Stop);
    }

    private DbConnection Connect()
    {
        if (IsFile)
            return Other();
        var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
        connection.Open();
        return connection;
    }

    /// <summary>A log that only remembers which events there were.</summary>
    internal sealed class JournalLog : ILogger<Journal>
    {
        private readonly ConcurrentQueue<int> _ids = new();

        public int Count(int id) => _ids.Count(each => each == id);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _ids.Enqueue(eventId.Id);
    }
}
