using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Contract;

/// <summary>The end of a packet's time, in a demo of its own: packets that close by themselves would disturb comparisons elsewhere.</summary>
public sealed class ExpiryTests(DemoProcess demo) : IClassFixture<DemoProcess>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private Api Api => demo.Api;

    [Fact]
    public async Task GrabsRacingExpiry_WonPlusRefundedIsTheAmountAndNobodyWinsAfterIt()
    {
        var packetId = await Api.Packet(amountFen: 20_000, count: 20_000, kind: "lucky", expiresInSeconds: 10);
        var wins = new System.Collections.Concurrent.ConcurrentBag<Answer>();
        var calls = 0;

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            Answer answer;
            do
            {
                answer = await Api.Grab(packetId, $"racer{Interlocked.Increment(ref calls)}");
                if (answer["outcome"] == "won")
                    wins.Add(answer);
            }
            while (answer["outcome"] == "won");
            Assert.True(answer["outcome"] is "expired" or "emptied", answer.ToString());
        }));

        var page = await Eventually.Yields(() => Api.Get($"/api/v1/packets/{packetId}?limit=1"), answer => answer["leftFen"] == "0", s_patience);
        var expiresAt = page.Json.GetProperty("expiresAt").GetDateTimeOffset();
        Assert.All(wins, win => Assert.True(win.Json.GetProperty("grabbedAt").GetDateTimeOffset() < expiresAt, $"{win} after {expiresAt:O}"));
        Assert.Equal(wins.Count, page.Json.GetProperty("grabbedCount").GetInt32());
        Assert.Equal(20_000, wins.Sum(win => win.Json.GetProperty("amountFen").GetInt64()) + page.Json.GetProperty("refundedFen").GetInt64());
        await Api.Consistent(s_patience);
    }

    [Fact]
    public async Task ExpiredPacket_GoesBackToItsSender_WinnersKeepTheirAnswer()
    {
        var packetId = await Api.Packet(amountFen: 900, count: 3, kind: "equal", sender: "patron", expiresInSeconds: 10);
        var won = await Api.Grab(packetId, "early");

        await Eventually.Holds(async () => (await Api.Get($"/api/v1/packets/{packetId}"))["state"] == "expired", s_patience);
        Assert.Equal("expired", (await Api.Grab(packetId, "late"))["outcome"]);
        var page = await Eventually.Yields(() => Api.Get($"/api/v1/packets/{packetId}"), answer => answer["refundedFen"] != "0", s_patience);

        Assert.Equal(("expired", "1", "300", "0", "600"), (page["state"], page["grabbedCount"], page["grabbedFen"], page["leftFen"], page["refundedFen"]));
        Assert.Equal(("early", "300"), (page.Json.GetProperty("luckiest").GetProperty("userId").GetString(), page.Json.GetProperty("luckiest").GetProperty("amountFen").ToString()));
        Assert.Equal(won.Bytes, (await Api.Grab(packetId, "early")).Bytes);
        await Eventually.Holds(async () => (await Api.Get("/api/v1/wallets/patron", "patron"))["settledFen"] == "600", s_patience);
        await Api.Consistent(s_patience);
    }

    [Fact]
    public async Task PacketThatNobodyTouched_IsRefundedWhole()
    {
        var packetId = await Api.Packet(amountFen: 450, count: 3, sender: "lonely", expiresInSeconds: 10);

        var page = await Eventually.Yields(() => Api.Get($"/api/v1/packets/{packetId}"), answer => answer["refundedFen"] == "450", s_patience);

        Assert.Equal(("expired", "0", System.Text.Json.JsonValueKind.Null), (page["state"], page["leftFen"], page.Json.GetProperty("luckiest").ValueKind));
    }

    [Fact]
    public async Task EmptiedBeforeExpiry_StaysEmptied()
    {
        var packetId = await Api.Packet(amountFen: 1, count: 1, expiresInSeconds: 10);
        var marker = await Api.Packet(amountFen: 1, count: 1, expiresInSeconds: 10);
        await Api.Grab(packetId, "only");

        await Eventually.Holds(async () => (await Api.Get($"/api/v1/packets/{marker}"))["refundedFen"] == "1", s_patience);

        Assert.Equal(("emptied", "0"), ((await Api.Get($"/api/v1/packets/{packetId}"))["state"], (await Api.Get($"/api/v1/packets/{packetId}"))["refundedFen"]));
        Assert.Equal("emptied", (await Api.Grab(packetId, "late"))["outcome"]);
    }
}
