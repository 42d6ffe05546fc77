using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// A real redis-server with packets. The service made them behind an open gate and has stopped, so the benchmark has
/// Redis alone.
/// </summary>
internal sealed class PacketsInRedis : IAsyncDisposable
{
    /// <summary>Shares of each packet.</summary>
    public const int Shares = 100;

    private const int Parallelism = 16;
    private readonly RedisServer _redis = new("everysec");
    private string[] _ids = [];
    private int _requested;

    public string ConnectionString => _redis.ConnectionString;

    /// <summary>Starts Redis and makes the packets.</summary>
    public static async Task<PacketsInRedis> With(int packets)
    {
        var made = new PacketsInRedis();
        await made._redis.Start();
        var options = new DemoOptions(false, "everysec", made.ConnectionString, null, null, 1, new Dictionary<string, string>());
        await using var demo = await OwnDemo.Start(options, _ => { });
        using var client = new HttpClient { BaseAddress = demo.Addresses[0] };
        made._ids = new string[packets];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism };
        await Parallel.ForAsync(0, packets, parallel, async (n, _) => made._ids[n] = await Send(client, n));
        return made;
    }

    /// <summary>
    /// Throws unless each requested share has its entry in the outbox, because otherwise some grabs did not win.
    /// </summary>
    public async Task MustHoldAllShares()
    {
        var entries = await _redis.Database.SortedSetLengthAsync("{0}:out");
        if (entries < _requested)
            throw new InvalidOperationException($"{_requested} shares were requested, but the outbox has {entries} entries.");
    }

    /// <summary>Returns a packet with a free share, and a user without a share of it.</summary>
    public (string Packet, string User) Next()
    {
        var n = _requested++;
        return n / Shares < _ids.Length
            ? (_ids[n / Shares], $"user-{n}")
            : throw new InvalidOperationException("No share is left, because the benchmark grabs more than it sent.");
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    /// <summary>Sends a packet and returns its id.</summary>
    public static async Task<string> Send(HttpClient client, int n)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/packets");
        request.Headers.Add("X-User-Id", "sender");
        request.Headers.Add("Idempotency-Key", $"bench-{n}");
        request.Content = JsonContent.Create(new { kind = "lucky", amountFen = 100 * Shares, count = Shares });
        using var answer = await client.SendAsync(request);
        var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        return JsonNode.Parse(body)!["packetId"]!.GetValue<string>();
    }
}
