using System.Text.Json;
using RedPacket.Tests.Contract;

namespace RedPacket.Tests.Demo;

/// <summary>Robots grab one packet over real HTTP.</summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class RobotsTests(DemoProcess demo)
{
    [Fact]
    public async Task RobotsThatHaveAShare_AreReplayedAndNotWon()
    {
        var packetId = await demo.Api.Packet(amountFen: 1000, count: 10);

        var first = await Grab(packetId, 4);
        var again = await Grab(packetId, 12);

        Assert.Equal((4, 0, 0, 0), Counts(first));
        Assert.Equal((6, 4, 2, 0), Counts(again));
        Assert.Equal(1000, first.GetProperty("wonFen").GetInt64() + again.GetProperty("wonFen").GetInt64());
    }

    private async Task<JsonElement> Grab(string packetId, int robots) =>
        (await demo.Api.PostAsOperator("/demo/robots", $$"""{"packetId":"{{packetId}}","robots":{{robots}},"userPrefix":"r"}""")).Json;

    private static (int Won, int Replayed, int TooLate, int Failed) Counts(JsonElement summary) =>
        (Count(summary, "won"), Count(summary, "replayed"), Count(summary, "tooLate"), Count(summary, "failed"));

    private static int Count(JsonElement summary, string name) => summary.GetProperty(name).GetInt32();
}
