using BenchmarkDotNet.Attributes;
using RedPacket.Ledger;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// Records lines as durable transfers with the service's journal. Chunks of 1000 wait at the same time, so that the
/// journal merges them as behind a busy queue. Each batch has new shares.
/// </summary>
public class RecordBenchmarks : IAsyncDisposable
{
    private const int ChunkSize = 1000;
    private readonly List<string[]> _chunks = [];
    private readonly List<IDisposable> _disposables = [];
    private PostgresServer? _postgres;
    private Journal _journal = null!;
    private int _next;

    /// <summary>Lines in a batch.</summary>
    [Params(1000, 20_000)]
    public int Batch { get; set; }

    /// <summary>Packets of these shares.</summary>
    [Params(20, 20_000)]
    public int Packets { get; set; }

    [ParamsSource(nameof(Ledgers))]
    public string Ledger { get; set; } = "";

    /// <summary>SQLite, and PostgreSQL when it is installed.</summary>
    public static IEnumerable<string> Ledgers =>
        Installed.Has(Installed.Postgres) ? ["SQLite", "PostgreSQL"] : ["SQLite"];

    [GlobalSetup]
    public async Task Setup()
    {
        var parts = ServiceParts.OnLedger(await ConnectionString());
        _disposables.Add(parts);
        _journal = parts.Journal();
        _next = 0;
        await RecordAll(Enumerable.Range(0, Packets).Select(packet => EntryLines.Fund(packet)));
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var disposable in Enumerable.Reverse(_disposables))
            disposable.Dispose();
        _disposables.Clear();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _postgres = null;
    }

    [IterationSetup]
    public void NextBatch()
    {
        _chunks.Clear();
        var lines = Enumerable.Range(_next, Batch)
            .Select(n => EntryLines.Grab(n % Packets, (n / Packets) + 1, $"user-{n * 7919L % 100_003}"));
        _chunks.AddRange(lines.Chunk(ChunkSize));
        _next += Batch;
    }

    /// <summary>Records the batch from lines to commit.</summary>
    [Benchmark]
    public Task Record() => RecordChunks(_chunks);

    private Task RecordAll(IEnumerable<string> lines) => RecordChunks(lines.Chunk(ChunkSize));

    private async Task RecordChunks(IEnumerable<string[]> chunks)
    {
        var recorded = await Task.WhenAll(chunks.Select(lines => _journal.Enqueue(ServiceParts.ChunkOf(lines), CancellationToken.None)));
        if (recorded.Any(outcomes => outcomes.Any(outcome => outcome != RecordOutcome.Inserted)))
            throw new InvalidOperationException("A line was a duplicate or was parked, so the benchmark did not measure an insert.");
    }

    private async Task<string> ConnectionString()
    {
        if (Ledger == "PostgreSQL")
        {
            _postgres = new PostgresServer();
            await _postgres.Start();
            return await _postgres.NewDatabase();
        }
        var folder = new Folder("bench-ledger");
        _disposables.Add(folder);
        return $"Data Source={folder.File("ledger.db")}";
    }
}
