using System.Net.ServerSentEvents;
using System.Text.Json;

namespace RedPacket.Tests.Contract;

/// <summary><c>GET /api/v1/packets/{packetId}/live</c></summary>
[Collection(DemoTests.Name), Needs("servers")]
public sealed class PacketStreamTests(DemoProcess demo)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private ApiClient Api => demo.Api;

    [Fact]
    public async Task Viewer_GetsEachShareAndTheEnd()
    {
        var packet = await Api.Packet(1000, 3);
        using var stream = await Open(packet);
        List<(int Ordinal, string User, long Fen)> shares = [];
        var (names, last) = (new List<string>(), default(JsonElement));

        await foreach (var item in stream.Events())
        {
            // The first event has come: the stream was open before the first grab.
            if (names.Count == 0)
                foreach (var user in new[] { "anna", "bert", "cora" })
                    Assert.Equal("won", (await Api.Grab(packet, user))["outcome"]);
            if (item.EventType == "ping")
                continue;
            names.Add(item.EventType);
            last = JsonDocument.Parse(item.Data).RootElement;
            shares.AddRange(from grab in last.GetProperty("grabs").EnumerateArray()
                            let user = grab.GetProperty("userId").GetString()!
                            select (grab.GetProperty("ordinal").GetInt32(), user, grab.GetProperty("amountFen").GetInt64()));
        }

        Assert.Equal("packet", names[0]);
        Assert.All(names.Skip(1), name => Assert.Equal("change", name));
        Assert.Equal([(1, "anna"), (2, "bert"), (3, "cora")], shares.Select(share => (share.Ordinal, share.User)));
        Assert.Equal(1000, shares.Sum(share => share.Fen));
        Assert.Equal(("emptied", 0), (last.GetProperty("state").GetString(), last.GetProperty("leftFen").GetInt64()));
        // A later viewer gets the whole, and the end.
        using var late = await Open(packet);
        var events = await late.Events().ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal("packet", events[0].EventType);
        Assert.Equal([1, 2, 3], JsonDocument.Parse(events[0].Data).RootElement.GetProperty("grabs").EnumerateArray()
            .Select(grab => grab.GetProperty("ordinal").GetInt32()));
    }

    [Theory]
    [InlineData("x/live", 400, "packet_id_invalid")]
    [InlineData($"{ApiClient.Unknown}/live", 404, "packet_unknown")]
    [InlineData($"{ApiClient.Unknown}/live?after=1", 400, "query_unknown")]
    public async Task WrongCall_IsRefused(string path, int status, string code)
    {
        var answer = await Api.Get($"/api/v1/packets/{path}");

        Assert.Equal((status, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task CallWithoutIdentity_401() =>
        Assert.Equal(401, (await Api.Get($"/api/v1/packets/{ApiClient.Unknown}/live", null)).Status);

    [Fact]
    public async Task Head_EndsImmediately()
    {
        var answer = await Api.Call(HttpMethod.Head, $"/api/v1/packets/{await Api.Packet()}/live", "anna");

        Assert.Equal((200, "text/event-stream", ""), (answer.Status, answer.MediaType, answer.Text));
    }

    private async Task<OpenStream> Open(string packet)
    {
        var client = new HttpClient { BaseAddress = Api.Address, Timeout = s_limit };
        var request = new HttpRequestMessage(
            HttpMethod.Get, $"/api/v1/packets/{packet}/live");
        request.Headers.TryAddWithoutValidation("X-User-Id", "anna");
        var response = await client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal((200, "text/event-stream"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        return new OpenStream(client, request, response);
    }

    private sealed record OpenStream(HttpClient Client, HttpRequestMessage Request, HttpResponseMessage Response) : IDisposable
    {
        public async IAsyncEnumerable<SseItem<string>> Events()
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(s_limit);
            var body = await Response.Content.ReadAsStreamAsync(limit.Token);
            await foreach (var item in SseParser.Create(body).EnumerateAsync(limit.Token))
                yield return item;
        }

        public void Dispose()
        {
            Response.Dispose();
            Request.Dispose();
            Client.Dispose();
        }
    }
}
