using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// A real redis-server with packets in it, made by the service itself behind an open gate; the service then goes and leaves Redis to the benchmark.
/// </summary>
internal sealed class PacketsInRedis : IAsyncDisposable
{
    /// <summary>Shares of each packet.</summary>
    public const int Shares = 100;

    private const int AtOnce = 16;
    private readonly RedisServer _redis = new("everysec");
    private string[] _ids = [];
    private int _dealt;

    public string ConnectionString => _redis.ConnectionString;

    /// <summary>Started, with so many packets.</summary>
    public static async Task<PacketsInRedis> With(int packets)
    {
        var made = new PacketsInRedis();
        await made._redis.Start();
        await using var demo = await OwnDemo.Start(new DemoOptions(false, "everysec", made.ConnectionString, null, null, 1, new Dictionary<string, string>()), _ => { });
        using var client = new HttpClient { BaseAddress = demo.Addresses[0] };
        made._ids = new string[packets];
        await Parallel.ForAsync(0, packets, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (n, _) => made._ids[n] = await Send(client, n));
        return made;
    }

    /// <summary>Throws unless each share that somebody asked for has its entry in the outbox, which nobody empties: else something other than winning was measured.</summary>
    public async Task MustHoldAllDealt()
    {
        var entries = await _redis.Database.SortedSetLengthAsync("{0}:out");
        if (entries < _dealt)
            throw new InvalidOperationException($"{_dealt} shares were asked for, and the outbox holds {entries} entries.");
    }

    /// <summary>The next share that nobody has asked for: its packet, and a user who has none of it.</summary>
    public (string Packet, string User) Next()
    {
        var n = _dealt++;
        return n / Shares < _ids.Length ? (_ids[n / Shares], $"user-{n}") : throw new InvalidOperationException("All shares are dealt: the benchmark grabs more than it has sent.");
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
        return JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!["packetId"]!.GetValue<string>();
    }
}
