using System.Text.Json;

namespace RedPacket.Tests.Contract;

/// <summary>Calls without authentication: info, live numbers, health, metrics, the description and its pages.</summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class OpenCallTests(DemoProcess demo)
{
    private ApiClient Api => demo.Api;

    [Fact]
    public async Task Info_DescribesStoreBusAndLedgerAndTheirDurability()
    {
        var info = await Api.Get("/api/v1/info", null);

        Assert.True(info.Status == 200, info.ToString());
        Assert.NotEqual("", info["version"]);
        Assert.Equal(
            ["announce", "grab", "reconcile", "relay", "settle"],
            info.Json.GetProperty("roles").EnumerateArray().Select(role => role.GetString()).Order());
        foreach (var part in new[] { "store", "bus", "ledger" })
            Assert.True(info.Json.GetProperty(part).GetProperty("durable").ValueKind is JsonValueKind.True or JsonValueKind.False, part);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_Returns200(string path) => Assert.Equal(200, (await Api.Get(path, null)).Status);

    [Fact]
    public async Task Metrics_HavePrometheusFormat()
    {
        await Api.Grab(await Api.Packet(), "metric");

        var metrics = await Api.Get("/metrics", null);

        Assert.Equal((200, "text/plain"), (metrics.Status, metrics.MediaType));
        Assert.Contains("# TYPE ", metrics.Text, StringComparison.Ordinal);
        // Here and not in a test's process: servers there share their metrics, and one that ends takes those of the others along.
        Assert.Contains("kestrel_", metrics.Text, StringComparison.Ordinal);
        Assert.Contains("dotnet_", metrics.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenApi_DescribesEveryCallOfTheContract()
    {
        var description = await Api.Get("/openapi/v1.json", null);

        Assert.True(description.Status == 200, description.ToString());
        var paths = description.Json.GetProperty("paths");
        (string Path, string Method)[] calls =
        [
            ("/api/v1/packets", "post"), ("/api/v1/packets", "get"),
            ("/api/v1/packets/{packetId}", "get"), ("/api/v1/packets/{packetId}/grabs", "post"),
            ("/api/v1/wallets/{userId}", "get"), ("/api/v1/wallets/{userId}/transfers", "get"), ("/api/v1/consistency", "get"),
            ("/api/v1/consistency/repairs", "post"), ("/api/v1/parked", "get"), ("/api/v1/parked/replays", "post"),
            ("/api/v1/info", "get"), ("/api/v1/live", "get"),
        ];
        Assert.All(
            calls,
            call => Assert.True(paths.GetProperty(call.Path).TryGetProperty(call.Method, out _), $"{call.Method} {call.Path}"));
        var statuses = paths.GetProperty("/api/v1/packets/{packetId}/grabs").GetProperty("post")
            .GetProperty("responses").EnumerateObject().Select(status => status.Name);
        Assert.Subset(statuses.ToHashSet(), new HashSet<string> { "200", "400", "401", "404", "503" });
    }

    [Fact]
    public async Task Scalar_LoadsNothingFromOtherHosts()
    {
        var page = await Api.Get("/scalar", null);
        if (page.Status is 301 or 302 or 307 or 308)
            page = await Api.Get(page.Headers.Location!.ToString(), null);

        Assert.Equal((200, "text/html"), (page.Status, page.MediaType));
        Assert.DoesNotContain("cdn.jsdelivr", page.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("fonts.scalar", page.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task HeadOfLive_EndsImmediately()
    {
        var answer = await Api.Call(HttpMethod.Head, "/api/v1/live", null);

        Assert.Equal((200, "text/event-stream", ""), (answer.Status, answer.MediaType, answer.Text));
    }

    [Fact]
    public async Task Live_SendsNumbersOnceASecond()
    {
        using var client = new HttpClient { BaseAddress = Api.Address, Timeout = TimeSpan.FromMinutes(2) };
        using var response = await client.GetAsync(
            new Uri("/api/v1/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        var events = new List<JsonElement>();
        while (events.Count < 3 && await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal) && line.Contains('{', StringComparison.Ordinal))
                events.Add(JsonDocument.Parse(line["data:".Length..]).RootElement);
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(3, events.Count);
        // The public stream holds sums only, no user ids.
        Assert.All(events, numbers => Assert.DoesNotContain("userId", numbers.GetRawText(), StringComparison.OrdinalIgnoreCase));
    }
}
