using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The real journal on a real SQLite file. The file is a copy of an empty ledger, in memory where the machine has
/// /dev/shm. So it is as fast as SQLite's own memory, and the world also tests a file that is moved, locked or
/// replaced.
/// </summary>
internal sealed class SimulatedLedger : IDisposable
{
    private readonly string _folder = Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"redpacket-simulation-{Guid.NewGuid():N}");
    private readonly SqliteConnection _connection;
    private SqliteTransaction? _lock;

    private readonly LedgerOptions _options;
    private readonly List<Journal> _journals = [];

    private SimulatedLedger(string? template)
    {
        Directory.CreateDirectory(_folder);
        if (template is not null)
            File.Copy(template, FilePath);
        _options = new LedgerOptions
        {
            ConnectionString = $"Data Source={FilePath}",
            BusyTimeout = TimeSpan.FromMilliseconds(1),
            FirstPause = TimeSpan.FromMilliseconds(1),
            LongestPause = TimeSpan.FromMilliseconds(2),
        };
        // The journal's own pauses are real and short. The history decides when the ledger comes back.
        Journal = NewJournal(mayCreate: template is null);
        _connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
    }

    private string Backup => Path.Combine(_folder, "backup.db");

    public string FilePath => Path.Combine(_folder, "ledger.db");

    /// <summary>The journal of the first process.</summary>
    public Journal Journal { get; }

    /// <summary>False while it can take nothing.</summary>
    public bool IsUp => _lock is null && File.Exists(FilePath);

    /// <summary>False while nobody can open it.</summary>
    public bool IsThere => File.Exists(FilePath);

    /// <summary>True while some rows fail.</summary>
    public bool InTrouble { get; private set; }

    /// <summary>Makes the empty ledger that the others copy. Disposed when no world needs it any more.</summary>
    public static async Task<SimulatedLedger> Template()
    {
        var ledger = new SimulatedLedger(null);
        await ledger.Answers();
        ledger.End(ledger.Journal);
        return ledger;
    }

    public static async Task<SimulatedLedger> Copy(SimulatedLedger template)
    {
        var ledger = new SimulatedLedger(template.FilePath);
        await ledger.Answers();
        ledger._connection.Open();
        return ledger;
    }

    /// <summary>The journal of one more process. It waits while the ledger is away.</summary>
    public Journal NewJournal(bool mayCreate = false)
    {
        var creation = new LedgerCreation(() => mayCreate ? null : "The world has one.");
        var journal = new Journal(Options.Create(_options), creation, TimeProvider.System, NullLogger<Journal>.Instance);
        journal.Start();
        _journals.Add(journal);
        return journal;
    }

    /// <summary>Its process has ended.</summary>
    public void End(Journal journal)
    {
        _journals.Remove(journal);
        journal.Dispose();
    }

    /// <summary>Another program writes for a long time.</summary>
    public void Lock() => _lock ??= _connection.BeginTransaction(deferred: false);

    /// <summary>The file is moved away.</summary>
    public void TakeAway(string connectionOfReaders)
    {
        if (!IsThere)
            return;
        File.Move(FilePath, $"{FilePath}.away");
        // The journal does the same when it sees the move, and the world does not wait for that.
        using var pooled = new SqliteConnection(connectionOfReaders);
        SqliteConnection.ClearPool(pooled);
    }

    /// <summary>Ends the lock and the move. Returns when the journal has seen it.</summary>
    public async Task GiveBack()
    {
        _lock?.Dispose();
        _lock = null;
        if (!IsThere)
            File.Move($"{FilePath}.away", FilePath);
        await Answers();
    }

    /// <summary>
    /// Seven days after a packet was closed its Idempotency-Key has expired. The times in the ledger do not move.
    /// </summary>
    public void ForgetKeys() =>
        SqliteLedgerFile.Execute(_connection, "UPDATE packets SET key_hash = NULL WHERE archived_at IS NOT NULL");

    private bool HasBackup => File.Exists(Backup);

    /// <summary>A backup that is too old to be used.</summary>
    public void DropBackup() => File.Delete(Backup);

    /// <summary>Makes a backup.</summary>
    public void BackUp()
    {
        if (!IsUp)
            return;
        File.Delete(Backup);
        using var copy = new SqliteConnection($"Data Source={Backup};Pooling=False");
        copy.Open();
        _connection.BackupDatabase(copy);
    }

    /// <summary>The last backup is put in place of the ledger. False when there is none.</summary>
    /// <param name="inPlace">Into the same file, as SQLite's <c>.restore</c> does it; else as another file.</param>
    public async Task<bool> Restore(bool inPlace, string connectionOfReaders)
    {
        if (!IsUp || !HasBackup)
            return false;
        if (inPlace)
        {
            using var copy = new SqliteConnection($"Data Source={Backup};Pooling=False");
            copy.Open();
            await Eventually.Holds(() => TryRestore(copy));
        }
        else
        {
            _connection.Close();
            foreach (var file in (string[])[FilePath, $"{FilePath}-wal", $"{FilePath}-shm"])
                File.Delete(file);
            File.Copy(Backup, FilePath);
            using (var pooled = new SqliteConnection(connectionOfReaders))
                SqliteConnection.ClearPool(pooled);
            await Answers();
            _connection.Open();
        }
        SqliteLedgerFile.Execute(_connection, "DROP TRIGGER IF EXISTS trouble");
        InTrouble = false;
        await Answers();
        return true;
    }

    // Journals look at the pause by the machine's clock, and one may do so just now.
    private bool TryRestore(SqliteConnection backup)
    {
        try
        {
            backup.BackupDatabase(_connection);
            return true;
        }
        catch (SqliteException exception) when (LedgerOutage.IsBusy(exception))
        {
            return false;
        }
    }

    /// <summary>Every second claim cannot be recorded. The cause is neither the ledger's nor the row's.</summary>
    public void Trouble(bool on)
    {
        if (on == InTrouble || !IsUp)
            return;
        SqliteLedgerFile.Execute(_connection, on
            ? "CREATE TRIGGER trouble BEFORE INSERT ON transfers WHEN NEW.kind = 2 AND NEW.ordinal % 2 = 0 "
                + "BEGIN SELECT abs(-9223372036854775808); END"
            : "DROP TRIGGER trouble");
        InTrouble = on;
    }

    /// <summary>Work that may be refused because the ledger is away. Refused work has no effect.</summary>
    public async Task<bool> UnlessAway(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception exception) when (!IsUp && (LedgerOutage.IsUnread(exception) || exception is LedgerUnavailableException))
        {
            return false;
        }
    }

    public LedgerImage Look() => LedgerImage.Read(_connection, _lock);

    public void Dispose()
    {
        _lock?.Dispose();
        _journals.ForEach(journal => journal.Dispose());
        _connection.Dispose();
        using (var context = new SqliteConnection($"Data Source={FilePath}"))
            SqliteConnection.ClearPool(context);
        Directory.Delete(_folder, recursive: true);
    }

    // Work that changes nothing ends as soon as the ledger is back: the journal's own pause is at most 2 ms.
    public async Task Answers()
    {
        foreach (var journal in _journals)
            await Answers(journal);
    }

    private static async Task Answers(Journal journal)
    {
        while (true)
        {
            try
            {
                await journal.Execute(_ => { }, CancellationToken.None);
                return;
            }
            catch (LedgerUnavailableException)
            {
                await Task.Yield();
            }
        }
    }
}
