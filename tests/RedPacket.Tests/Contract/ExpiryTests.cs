
namespace RedPacket.Tests.Contract;

/// <summary>Expiry, in a separate demo: packets that expire would disturb comparisons in other tests.</summary>
[Needs("servers")]
public sealed class ExpiryTests(ExpiryTests.SentAtTheStart packets) : IClassFixture<ExpiryTests.SentAtTheStart>
{
    private ApiClient Api => packets.Api;

    [Fact]
    public async Task GrabsDuringExpiry_SharesAndRefundAddUpAndNobodyWinsLate()
    {
        var packetId = await Api.Packet(amountFen: 20_000, count: 20_000, kind: "lucky", expiresInSeconds: 10);
        var wins = new System.Collections.Concurrent.ConcurrentBag<ApiAnswer>();
        var calls = 0;

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            ApiAnswer answer;
            do
            {
                answer = await Api.Grab(packetId, $"racer{Interlocked.Increment(ref calls)}");
                if (answer["outcome"] == "won")
                    wins.Add(answer);
            }
            while (answer["outcome"] == "won");
            Assert.True(answer["outcome"] is "expired" or "emptied", answer.ToString());
        }));

        var page = await Eventually.Yields(() => Api.Get($"/api/v1/packets/{packetId}?limit=1"), answer => answer["leftFen"] == "0");
        var expiresAt = page.Json.GetProperty("expiresAt").GetDateTimeOffset();
        Assert.All(
            wins,
            win => Assert.True(win.Json.GetProperty("grabbedAt").GetDateTimeOffset() < expiresAt, $"{win} after {expiresAt:O}"));
        Assert.Equal(wins.Count, page.Json.GetProperty("grabbedCount").GetInt32());
        Assert.Equal(
            20_000,
            wins.Sum(win => win.Json.GetProperty("amountFen").GetInt64()) + page.Json.GetProperty("refundedFen").GetInt64());
        await Api.Consistent();
    }

    [Fact]
    public async Task ExpiredPacket_RefundsItsSenderAndKeepsEarlierAnswers()
    {
        await Eventually.Holds(async () => (await Api.Get($"/api/v1/packets/{packets.Grabbed}"))["state"] == "expired");
        Assert.Equal("expired", (await Api.Grab(packets.Grabbed, "late"))["outcome"]);
        var page = await Eventually.Yields(() => Api.Get($"/api/v1/packets/{packets.Grabbed}"), answer => answer["refundedFen"] != "0");

        Assert.Equal(
            ("expired", "1", "300", "0", "600"),
            (page["state"], page["grabbedCount"], page["grabbedFen"], page["leftFen"], page["refundedFen"]));
        Assert.Equal(
            ("early", "300"),
            (page.Json.GetProperty("luckiest").GetProperty("userId").GetString(),
            page.Json.GetProperty("luckiest").GetProperty("amountFen").ToString()));
        Assert.Equal(packets.Won, (await Api.Grab(packets.Grabbed, "early")).Bytes);
        await Eventually.Holds(async () => (await Api.Get("/api/v1/wallets/patron", "patron"))["settledFen"] == "600");
        await Api.Consistent();
    }

    [Fact]
    public async Task UngrabbedPacket_IsRefundedInFull()
    {
        var page = await Eventually.Yields(() => Api.Get($"/api/v1/packets/{packets.Untouched}"), answer => answer["refundedFen"] == "450");

        Assert.Equal(
            ("expired", "0", System.Text.Json.JsonValueKind.Null),
            (page["state"], page["leftFen"], page.Json.GetProperty("luckiest").ValueKind));
    }

    [Fact]
    public async Task EmptiedBeforeExpiry_StaysEmptied()
    {
        // The untouched packet was sent last: once it is closed, expiry has also passed the emptied one.
        await Eventually.Holds(async () => (await Api.Get($"/api/v1/packets/{packets.Untouched}"))["refundedFen"] == "450");

        Assert.Equal(
            ("emptied", "0"),
            ((await Api.Get($"/api/v1/packets/{packets.Emptied}"))["state"],
            (await Api.Get($"/api/v1/packets/{packets.Emptied}"))["refundedFen"]));
        Assert.Equal("emptied", (await Api.Grab(packets.Emptied, "late"))["outcome"]);
    }

    /// <summary>A demo, and packets whose ten seconds run while the tests wait for one another.</summary>
    public sealed class SentAtTheStart : IAsyncLifetime
    {
        private readonly DemoProcess _demo = new();

        internal ApiClient Api => _demo.Api;

        /// <summary>Three equal shares of 300 fen from <c>patron</c>; <c>early</c> has one.</summary>
        public string Grabbed { get; private set; } = "";

        /// <summary>The answer to <c>early</c>.</summary>
        internal byte[] Won { get; private set; } = [];

        /// <summary>One share, already granted.</summary>
        public string Emptied { get; private set; } = "";

        /// <summary>450 fen that nobody grabs.</summary>
        public string Untouched { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            await _demo.InitializeAsync();
            Grabbed = await Api.Packet(amountFen: 900, count: 3, kind: "equal", sender: "patron", expiresInSeconds: 10);
            Won = (await Api.Grab(Grabbed, "early")).Bytes;
            Emptied = await Api.Packet(amountFen: 1, count: 1, expiresInSeconds: 10);
            await Api.Grab(Emptied, "only");
            Untouched = await Api.Packet(amountFen: 450, count: 3, sender: "lonely", expiresInSeconds: 10);
        }

        public ValueTask DisposeAsync() => _demo.DisposeAsync();
    }
}
