using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RedPacket.Operations;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Operations;

/// <summary>The live numbers: one sampler, sums of the whole installation, streams that end.</summary>
[Needs("servers")]
public sealed class LiveTests(RedisFixture server) : IClassFixture<RedisFixture>
{
    /// <summary>For one event, and for the one that is wanted.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static async Task<(IAsyncEnumerator<SseItem<string>> Events, HttpResponseMessage Response)> Listen(OperationsApp app)
    {
        var response = await app.Client.GetAsync(
            "/api/v1/live",
            HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        // nginx would collect the events otherwise.
        Assert.Equal(["no"], response.Headers.GetValues("X-Accel-Buffering"));
        var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var events = SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken);
        return (events.GetAsyncEnumerator(TestContext.Current.CancellationToken), response);
    }

    private static async Task<JsonElement> First(IAsyncEnumerator<SseItem<string>> events, string type,
        Func<JsonElement, bool> wanted)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < s_limit
            && await events.MoveNextAsync().AsTask().WaitAsync(s_limit, TestContext.Current.CancellationToken))
            if (events.Current.EventType == type && JsonDocument.Parse(events.Current.Data).RootElement is var data && wanted(data))
                return data;
        throw new InvalidOperationException($"No such {type} event within {s_limit}, or the stream ended.");
    }

    [Fact]
    public async Task Rates_CountAllProcesses()
    {
        await server.Flush();
        await OperationsApp.OpenGate(server);
        await using var app = await OperationsApp.Start(server.ConnectionString);
        var (events, response) = await Listen(app);
        using var _ = response;
        await server.Database.HashSetAsync("{0}:meta", [new("grabs", 1000), new("grabsFen", 50_000), new("sent", 3)]);
        await server.Database.SortedSetAddAsync("{0}:out", "f 0-0198aaaaaaaaaaaaaaaaaaaaaaaaaaaa 0 alice 100 1700000000000 {}", 2);
        var live = await First(events, "live", data => data.GetProperty("totals").GetProperty("granted").GetInt64() == 1000);
        Assert.Equal(
            (3, 50_000),
            (live.GetProperty("totals").GetProperty("packets").GetInt32(),
            live.GetProperty("totals").GetProperty("grantedFen").GetInt32()));
        Assert.Equal((1, "CONVERGING"), (live.GetProperty("outbox").GetInt32(), live.GetProperty("verdict").GetString()));
        Assert.True(live.GetProperty("lagMs").GetInt64() > 0);
        Assert.Equal(JsonValueKind.Null, live.GetProperty("queue").ValueKind);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", live.GetProperty("at").GetString());
    }

    [Fact]
    public async Task StoreDown_ValuesAreNullAndTheStreamContinues()
    {
        await using var app = await OperationsApp.Start("127.0.0.1:1,connectTimeout=100");
        var (events, response) = await Listen(app);
        using var _ = response;
        var live = await First(events, "live", _ => true);
        Assert.Equal(JsonValueKind.Null, live.GetProperty("outbox").ValueKind);
        await First(events, "live", _ => true);
    }

    [Fact]
    public async Task ManyListeners_ShareOneSamplerAndStartWithItsHistory()
    {
        await using var app = await OperationsApp.Start(server.ConnectionString);
        var sampler = app.Services.GetRequiredService<LiveSampler>();
        var (first, one) = await Listen(app);
        var beginning = await First(first, "history", _ => true);
        var (second, two) = await Listen(app);
        var history = await First(second, "history", _ => true);
        Assert.True(history.GetArrayLength() >= beginning.GetArrayLength());
        // A listener that is slow misses samples. One that both hear is one sample.
        Dictionary<string, string> heardByOne = [], heardByTwo = [];
        while (!heardByOne.Keys.Intersect(heardByTwo.Keys).Any())
        {
            var (a, b) = (await First(first, "live", _ => true), await First(second, "live", _ => true));
            heardByOne[a.GetProperty("at").GetString()!] = a.GetRawText();
            heardByTwo[b.GetProperty("at").GetString()!] = b.GetRawText();
        }
        Assert.Single(heardByOne.Intersect(heardByTwo));
        Assert.Equal(2, sampler.Listeners);
        one.Dispose();
        two.Dispose();
        await Eventually.Holds(() => sampler.Listeners == 0);
    }

    [Fact]
    public async Task NoListeners_SamplingContinues()
    {
        await using var app = await OperationsApp.Start(server.ConnectionString);
        var sampler = app.Services.GetRequiredService<LiveSampler>();
        for (var sample = 0; sample < 2; sample++)
            await sampler.Next.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        var (events, response) = await Listen(app);
        using var _ = response;
        var history = await First(events, "history", _ => true);
        Assert.InRange(history.GetArrayLength(), 2, 300);
        var next = await First(events, "live", _ => true);
        Assert.True(
            string.CompareOrdinal(history.EnumerateArray().Last().GetProperty("at").GetString(), next.GetProperty("at").GetString()) < 0);
    }

    [Fact]
    public async Task Parts_AreUpOrDownAndAbsentPartsAreNull()
    {
        await server.Flush();
        await OperationsApp.OpenGate(server);
        await server.Database.SetAddAsync("shards", 0);
        await using var app = await OperationsApp.Start(server.ConnectionString);
        var (events, response) = await Listen(app);
        using var _ = response;
        var live = await First(events, "live",
            data => data.GetProperty("gate").GetString() == "open"
                && data.GetProperty("cpu").ValueKind == JsonValueKind.Number);
        Assert.Equal("up", live.GetProperty("store").GetString());
        Assert.All(
            (string[])["bus", "ledger", "grabs", "slow", "parked", "verdict", "consistentForMs", "convergingForMs"],
            name => Assert.Equal(JsonValueKind.Null, live.GetProperty(name).ValueKind));
        Assert.DoesNotContain(live.EnumerateObject(), member => member.Name == "faults");
        await server.Database.HashDeleteAsync("{0}:meta", "run");
        await First(events, "live", data => data.GetProperty("gate").GetString() == "closed");
    }

    [Fact]
    public async Task Stop_EndsStreamsImmediately()
    {
        // A stop that waited for the stream would never end.
        await using var app = await OperationsApp.Start(
            server.ConnectionString, services => services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan));
        var (events, response) = await Listen(app);
        using var _ = response;
        await First(events, "live", _ => true);
        var stopped = app.Stop();
        await Eventually.Holds(() => stopped.IsCompletedSuccessfully);
        while (await events.MoveNextAsync())
            Assert.NotNull(events.Current.Data);
    }

    [Theory]
    [InlineData(0L, 0L, false, null, null)]
    [InlineData(0L, 0L, false, "CONSISTENT", "CONSISTENT")]
    [InlineData(7L, 0L, false, "CONSISTENT", "CONVERGING")]
    [InlineData(7L, null, false, null, "CONVERGING")]
    [InlineData(7L, 0L, false, "INCONSISTENT", "INCONSISTENT")]
    [InlineData(0L, 1L, false, "CONSISTENT", "INCONSISTENT")]
    [InlineData(null, 0L, true, "CONSISTENT", "CONVERGING")]
    [InlineData(0L, null, true, null, null)]
    public void Verdict_IsThatOfTheLastReportUnlessNewerNumbersDiffer(
        long? outbox, long? parked, bool unread, string? last, string? verdict) =>
        Assert.Equal(verdict, LiveReader.Verdict(outbox, parked, unread, last));

    [Theory]
    [InlineData(true, null, 1.0, 0L)]
    [InlineData(true, 2000L, 1.5, 3500L)]
    [InlineData(false, 2000L, 1.5, null)]
    public void Duration_CountsFromTheFirstSample(bool holds, long? before, double seconds, long? now) =>
        Assert.Equal(now, LiveReader.For(holds, before, seconds));

    [Theory]
    [InlineData(100L, 300L, 2.0, 100.0)]
    [InlineData(300L, 100L, 2.0, null)]
    [InlineData(null, 100L, 2.0, null)]
    [InlineData(100L, null, 2.0, null)]
    [InlineData(0L, 100L, 0.0, null)]
    public void Rate_IsTheDifferencePerSecondOrNull(long? before, long? now, double seconds, double? rate) =>
        Assert.Equal(rate, LiveReader.Rate(before, now, seconds));
}
