using System.Net.Http.Json;
using System.Text.Json;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.LoadTest.Ways;
using StackExchange.Redis;

namespace RedPacket.Tests.LoadTool;

/// <summary>The commands <c>ways</c> and <c>bench</c> of the built program.</summary>
[Needs("servers")]
public sealed class WaysTests
{
    [Fact, Needs("time")]
    public async Task ShortComparison_EachWayRecordsEveryShareOnce()
    {
        var (output, document) = await WaysTool.Compare("2s", "--rounds", "1");
        Assert.Equal(Way.All.Select(way => way.Key), document.Results.Select(result => result.Way));
        Assert.All(document.Results, result =>
        {
            Assert.True(result is { WinsPerSecond: > 0, P50Ms: > 0, Failed: 0, Killed.Count: 0 }, output);
            Assert.True(result.Loss is { IsLossless: true, Confirmed: > 0 }, output);
            Assert.True(result.P99Ms >= result.P50Ms && result.IsLedgerComplete, output);
            var way = Way.All.Single(way => way.Key == result.Way);
            Assert.True(result.CpuPerShareUs["service"] > 0, output);
            Assert.Equal(way.HasRedis, result.CpuPerShareUs.GetValueOrDefault("redis") > 0);
            Assert.Equal(way.HasBroker, result.CpuPerShareUs.GetValueOrDefault("rabbitmq") > 0);
            Assert.Equal(way.HasPostgres, result.CpuPerShareUs.GetValueOrDefault("postgresql") > 0);
            Assert.Contains($"| {way.Name} ", output, StringComparison.Ordinal);
            Assert.True(!way.IsRedPacket || result.LedgerState.StartsWith("CONSISTENT", StringComparison.Ordinal), output);
        });
    }

    // A publish waits 2 s. For that long after the kill every message that was sent may arrive twice, and later grabs are
    // lost. A count of rows may still look complete: one share lost, another duplicated. The product is not in this
    // test, so only --long runs it.
    [Fact]
    [Needs("time")]
    public async Task BrokerKilled_MessagePerGrabLosesShares()
    {
        var (output, document) = await WaysTool.Compare("7s", "--rounds", "0", "--only", "message", "--kill", "broker");
        var result = Assert.Single(document.Results);
        Assert.True(
            result is { Loss: null } && result.Killed[Victim.Broker] is { Loss: { IsComplete: true, Lost: > 0 }, WinsPerSecond: > 0 },
            output);
    }

    // The kill falls between the grant in Redis and the row.
    [Fact]
    [Needs("time")]
    public async Task ServiceKilled_OnlyTheOutboxKeepsWhatRedisGranted()
    {
        var (output, document) = await WaysTool.Compare("2s", "--rounds", "0", "--only", "row,redpacket", "--kill", "service");
        Assert.True(document.Results[0].Killed[Victim.Service].Loss is { Lost: 0, NeverRecorded: > 0 }, output);
        Assert.True(document.Results[1].Killed[Victim.Service].Loss is { IsLossless: true, Confirmed: > 0 }, output);
    }

    [Theory]
    [InlineData("message", "peer:0-a:taken", "")]
    [InlineData("redpacket", "{0}:p:0-a", "u:")]
    public async Task RedisThatGrantedMore_ShowsWhatNobodyRecorded(string key, string hash, string mark)
    {
        Installed.Require(Installed.Redis);
        await using var redis = new RedisServer();
        await redis.Start();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var (way, packets) = (Way.All.Single(way => way.Key == key), new PacketIds(1, 100, 10_000));
        packets.Add(0, "0-a");
        Win[] confirmed = [new(0, 1, 1, 100), new(0, 2, 2, 200)];
        RecordedShare[] rows = [new(0, 3, "load-3", 3, 300)];
        Task<long> Count() =>
            GrantedShares.NeverRecorded(way, redis.ConnectionString, packets, rows, confirmed, Callers.ByHeader(10));
        // Two were confirmed, and this Redis has none of them: it is another one.
        await Assert.ThrowsAsync<TargetException>(Count);
        foreach (var user in new[] { 1, 2, 3 })
            await connection.GetDatabase().HashSetAsync(hash, $"{mark}load-{user}", "1 100 1");
        Assert.Equal(0, await Count());
        await connection.GetDatabase().HashSetAsync(hash, $"{mark}load-4", "4 400 1");
        Assert.Equal(1, await Count());
    }

    // A user who asks twice at the same moment for the last share gets it twice.
    [Fact]
    public async Task PostgresAlone_GivesEachUserOneShareAndLeavesNoGap()
    {
        var way = Way.All.Single(way => way.Key == "postgres");
        using var folder = new Folder("ways-postgres");
        await using var servers = await WayServers.Start(way, "everysec");
        var stop = TestContext.Current.CancellationToken;
        await using var peer = await StartedWay.Start(way, folder, servers, repair: true, stop);
        using var client = new HttpClient { BaseAddress = peer.Address };
        using var sent = await client.PostAsJsonAsync("/api/v1/packets", new { amountFen = 1000, count = 10, expiresInSeconds = 60 }, stop);
        var packet = (await sent.Content.ReadFromJsonAsync<JsonElement>(stop)).GetProperty("packetId").GetString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async n => (User: n % 20, Text: await Grab(n % 20))));
        var winners = answers.GroupBy(answer => answer.User).Where(user => user.Any(answer => answer.Text.Contains("\"won\""))).ToArray();
        Assert.All(winners, user => Assert.Single(user.Select(answer => answer.Text).Distinct()));
        Assert.Equal(
            Enumerable.Range(1, 10),
            winners.Select(user => JsonDocument.Parse(user.First().Text).RootElement.GetProperty("ordinal").GetInt32()).Order());
        Assert.Equal(1000, winners.Sum(user => JsonDocument.Parse(user.First().Text).RootElement.GetProperty("amountFen").GetInt32()));

        async Task<string> Grab(int user)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/packets/{packet}/grabs");
            request.Headers.Add("X-User-Id", $"user{user}");
            using var answer = await client.SendAsync(request, stop);
            return await answer.Content.ReadAsStringAsync(stop);
        }
    }

    [Theory]
    [InlineData("it had 'd'", "ways", "--only", "row,d")]
    [InlineData("each way once", "ways", "--only", "row,row")]
    [InlineData("it had 'redis'", "ways", "--kill", "redis")]
    [InlineData("--kill must name each once", "ways", "--kill", "broker,broker")]
    [InlineData("needs a way that has it", "ways", "--only", "row", "--kill", "broker")]
    [InlineData("leaves nothing to measure", "ways", "--rounds", "0")]
    [InlineData("--duration must be a time with its unit", "ways", "--duration", "20")]
    [InlineData("No benchmark's name contains 'nonsense'", "bench", "nonsense")]
    [InlineData("--iterations must be a whole number from 1", "bench", "--iterations", "0")]
    public async Task WrongOption_EndsWith104AndSaysWhatIsAllowed(string error, params string[] arguments)
    {
        var output = await WaysTool.Run(ExitCode.BadOption, arguments);
        Assert.Contains(error, output, StringComparison.Ordinal);
        Assert.Contains($"{arguments[0]} --help", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Benchmark_RunsInTheProcess()
    {
        Installed.Require(Installed.Redis);
        var output = await WaysTool.Run(ExitCode.Passed, "bench", "MessageBenchmarks", "--iterations", "1");
        Assert.Contains("| RoundTrip | 1000 ", output, StringComparison.Ordinal);
    }
}
