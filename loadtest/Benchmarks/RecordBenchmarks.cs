using BenchmarkDotNet.Attributes;
using RedPacket.Drills.Servers;
using RedPacket.Ledger;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// Lines to durable transfers by the service's own journal: in chunks of 1000, all waiting at the same moment, so that it may merge them as it does
/// behind a busy queue. Every batch is of shares that the ledger has not seen.
/// </summary>
public class RecordBenchmarks : IAsyncDisposable
{
    private const int ChunkSize = 1000;
    private readonly List<string[]> _chunks = [];
    private readonly List<IDisposable> _gone = [];
    private PostgresServer? _postgres;
    private Journal _journal = null!;
    private int _next;

    /// <summary>Lines in a batch.</summary>
    [Params(1000, 20_000)]
    public int Batch { get; set; }

    /// <summary>Packets that they are shares of.</summary>
    [Params(20, 20_000)]
    public int Packets { get; set; }

    [ParamsSource(nameof(Ledgers))]
    public string Ledger { get; set; } = "";

    /// <summary>PostgreSQL where it is installed.</summary>
    public static IEnumerable<string> Ledgers => Installed.Has(Installed.Postgres) ? ["SQLite", "PostgreSQL"] : ["SQLite"];

    [GlobalSetup]
    public async Task Setup()
    {
        var parts = ServiceParts.OnLedger(await ConnectionString());
        _gone.Add(parts);
        _journal = parts.Journal();
        _next = 0;
        await RecordAll(Enumerable.Range(0, Packets).Select(packet => EntryLines.Fund(packet)));
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var gone in Enumerable.Reverse(_gone))
            gone.Dispose();
        _gone.Clear();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _postgres = null;
    }

    [IterationSetup]
    public void Draw()
    {
        _chunks.Clear();
        _chunks.AddRange(Enumerable.Range(_next, Batch).Select(n => EntryLines.Grab(n % Packets, (n / Packets) + 1, $"user-{n * 7919L % 100_003}")).Chunk(ChunkSize));
        _next += Batch;
    }

    /// <summary>The batch, from lines to commit.</summary>
    [Benchmark]
    public Task Record() => RecordChunks(_chunks);

    private Task RecordAll(IEnumerable<string> lines) => RecordChunks(lines.Chunk(ChunkSize));

    private async Task RecordChunks(IEnumerable<string[]> chunks)
    {
        var recorded = await Task.WhenAll(chunks.Select(lines => _journal.Enqueue(ServiceParts.ChunkOf(lines), CancellationToken.None)));
        if (recorded.Any(outcomes => outcomes.Any(outcome => outcome != RecordOutcome.Inserted)))
            throw new InvalidOperationException("A line was not added: it was there already, or was parked.");
    }

    private async Task<string> ConnectionString()
    {
        if (Ledger == "PostgreSQL")
        {
            _postgres = new PostgresServer();
            await _postgres.InitializeAsync();
            return await _postgres.NewDatabase();
        }
        var folder = new Folder("bench-ledger");
        _gone.Add(folder);
        return $"Data Source={folder.File("ledger.db")}";
    }
}
