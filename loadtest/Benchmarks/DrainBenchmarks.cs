using BenchmarkDotNet.Attributes;
using Microsoft.Data.Sqlite;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// Records a backlog of a million shares of 20000 packets and 100000 users in a SQLite ledger. The journal does it from
/// lines to commit. A bare loop over one prepared statement adds the same rows: it reads no lines, looks up no numbers,
/// compares nothing and keeps no totals. Both commit every 50000 rows. The mean is per transfer.
/// </summary>
public class DrainBenchmarks : IDisposable
{
    private const int Rows = 1_000_000;
    private const int Packets = 20_000;
    private const int Users = 100_000;
    private const int ChunkSize = 1000;
    private const int PerTransaction = 50_000;

    /// <summary>Chunks that wait for the journal at the same time, like the chunks of settlement.</summary>
    private const int ChunksInFlight = 75;

    private static readonly string[][] s_backlog = [.. Enumerable.Range(0, Rows)
        .Select(n => EntryLines.Grab(n % Packets, (n / Packets) + 1, $"user-{n * 7919L % Users}")).Chunk(ChunkSize)];

    private readonly List<IDisposable> _disposables = [];
    private string _path = "";
    private Journal _journal = null!;

    /// <summary>Makes a new ledger with the packets' funds for each iteration.</summary>
    [IterationSetup]
    public void Setup() => NewLedger().GetAwaiter().GetResult();

    [IterationCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        foreach (var disposable in Enumerable.Reverse(_disposables))
            disposable.Dispose();
        _disposables.Clear();
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public async Task Drain()
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ChunksInFlight };
        await Parallel.ForEachAsync(s_backlog, parallel, async (lines, _) => await Record(lines));
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Rows)]
    public void BareLoop()
    {
        using var connection = new SqliteLedgerFile(new LedgerOptions { ConnectionString = $"Data Source={_path}" }).OpenForWriting();
        using var insert = new SqliteStatement(connection, """
            INSERT INTO transfers (packet, kind, ordinal, debit_account, credit_account, amount_fen, granted_at, recording)
            VALUES (?1, 2, ?2, ?3, ?4, 100, 1790000000000, 1)
            """);
        var (packets, wallets) = (Accounts(connection, "packet"), Accounts(connection, "wallet"));
        for (var n = 0; n < Rows;)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            for (var end = n + PerTransaction; n < end; n++)
                insert.Bind(1, (n % Packets) + 1).Bind(2, (n / Packets) + 1)
                    .Bind(3, packets[n % Packets]).Bind(4, wallets[n * 7919L % Users]).Execute();
            transaction.Commit();
        }
    }

    private static long[] Accounts(SqliteConnection connection, string kind)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id FROM accounts WHERE code LIKE '{kind}:%' ORDER BY id";
        using var reader = command.ExecuteReader();
        List<long> ids = [];
        while (reader.Read())
            ids.Add(reader.GetInt64(0));
        return [.. ids];
    }

    private async Task NewLedger()
    {
        var folder = new Folder("bench-drain");
        _disposables.Add(folder);
        _path = folder.File("ledger.db");
        var parts = ServiceParts.OnLedger($"Data Source={_path}");
        _disposables.Add(parts);
        _journal = parts.Journal();
        foreach (var lines in Enumerable.Range(0, Packets).Select(packet => EntryLines.Fund(packet)).Chunk(ChunkSize))
            await Record(lines);
        // Another packet gives every user a wallet, and the backlog has no row of it.
        await Record([EntryLines.Fund(Packets)]);
        var wallets = Enumerable.Range(0, Users).Select(user => EntryLines.Grab(Packets, user + 1, $"user-{user}"));
        foreach (var lines in wallets.Chunk(ChunkSize))
            await Record(lines);
    }

    private async Task Record(string[] lines)
    {
        var outcomes = await _journal.Enqueue(ServiceParts.ChunkOf(lines), CancellationToken.None);
        if (outcomes.Any(outcome => outcome != RecordOutcome.Inserted))
            throw new InvalidOperationException("A line was a duplicate or was parked, so the benchmark did not measure an insert.");
    }
}
