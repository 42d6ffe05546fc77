using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// The consistency report over HTTP with 1000 open packets and few or many archived packets. It measures the usual
/// report and the full report. Each report must say CONSISTENT and count all packets.
/// </summary>
public class ReportBenchmarks : IAsyncDisposable
{
    private const int Open = 1000;
    private const int Parallelism = 16;

    private readonly Folder _folder = new("bench-report");
    private readonly RedisServer _redis = new("everysec");
    private OwnDemo _demo = null!;
    private HttpClient _client = null!;

    /// <summary>Archived packets in the ledger, with one share each.</summary>
    [Params(10_000, 1_000_000)]
    public int Archived { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        var ledger = $"Data Source={_folder.File("ledger.db")}";
        await ArchivedHistory.Make(ledger, Archived);
        await _redis.Start();
        // The service's periodic reports would disturb the measurement.
        var quiet = new Dictionary<string, string> { ["Reconciliation:ReportEvery"] = "00:00:00" };
        _demo = await OwnDemo.Start(new DemoOptions(false, "everysec", _redis.ConnectionString, null, ledger, 1, quiet), _ => { });
        _client = new HttpClient { BaseAddress = _demo.Addresses[0], Timeout = TimeSpan.FromMinutes(5) };
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism };
        await Parallel.ForAsync(0, Open, parallel, async (n, _) => await PacketsInRedis.Send(_client, n));
        await Eventually.Holds(async () => (await Read("?full=true"))["verdict"]!.GetValue<string>() == "CONSISTENT",
            TimeSpan.FromMinutes(5), "the report is CONSISTENT");
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _client.Dispose();
        await _demo.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The usual report.</summary>
    [Benchmark(Baseline = true)]
    public Task Report() => MustBeWhole("");

    /// <summary>The full report reads every row and every account, so its time grows with the ledger.</summary>
    [Benchmark]
    public Task ReportFromTheFirstRow() => MustBeWhole("?full=true");

    private async Task MustBeWhole(string query)
    {
        var report = await Read(query);
        var packets = report["packets"]!;
        var isWhole = packets["open"]!.GetValue<long>() == Open && packets["emptied"]!.GetValue<long>() == Archived;
        if (!isWhole || report["verdict"]!.GetValue<string>() != "CONSISTENT")
            throw new InvalidOperationException($"The report is incomplete: {report["verdict"]}, {packets}.");
    }

    private async Task<JsonNode> Read(string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/consistency{query}");
        request.Headers.Add("X-User-Id", "operator");
        request.Headers.Add("X-Role", "operator");
        using var answer = await _client.SendAsync(request);
        return JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;
    }
}
