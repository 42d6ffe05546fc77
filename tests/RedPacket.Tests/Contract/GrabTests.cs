
namespace RedPacket.Tests.Contract;

/// <summary><c>POST /api/v1/packets/{packetId}/grabs</c></summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class GrabTests(DemoProcess demo)
{
    private ApiClient Api => demo.Api;

    [Fact]
    public async Task FirstGrab_WinsWithOrdinalOne()
    {
        var packetId = await Api.Packet(amountFen: 1000, count: 4, kind: "equal");

        var won = await Api.Grab(packetId, "bob");

        Assert.True(won.Status == 200, won.ToString());
        Assert.Equal("application/json", won.MediaType);
        Assert.Equal(
            ["packetId", "userId", "outcome", "amountFen", "ordinal", "grabbedAt"],
            won.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            (packetId, "bob", "won", "250", "1"),
            (won["packetId"], won["userId"], won["outcome"], won["amountFen"], won["ordinal"]));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", won["grabbedAt"]);
        Assert.False(won.Replayed);
    }

    [Fact]
    public async Task RepeatedGrab_ReturnsSameBytesAndReplayed()
    {
        var packetId = await Api.Packet();
        var won = await Api.Grab(packetId, "bob");
        await Api.Grab(packetId, "carl");

        var again = await Api.Grab(packetId, "bob");

        Assert.Equal(200, again.Status);
        Assert.True(again.Replayed);
        Assert.Equal(won.Bytes, again.Bytes);
    }

    [Fact]
    public async Task LastShareRepeated_WinnerGetsSameBytesAndOthersAreTooLate()
    {
        var packetId = await Api.Packet(amountFen: 7, count: 1);
        var won = await Api.Grab(packetId, "bob");

        var again = await Api.Grab(packetId, "bob");
        var late = await Api.Grab(packetId, "carl");

        Assert.Equal("7", won["amountFen"]);
        Assert.Equal(won.Bytes, again.Bytes);
        Assert.True(again.Replayed);
        Assert.Equal(200, late.Status);
        Assert.Equal(["packetId", "userId", "outcome"], late.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal((packetId, "carl", "emptied"), (late["packetId"], late["userId"], late["outcome"]));
    }

    [Fact]
    public async Task Sender_MayGrab()
    {
        var packetId = await Api.Packet(sender: "anna");

        Assert.Equal("won", (await Api.Grab(packetId, "anna"))["outcome"]);
    }

    [Fact]
    public async Task UnknownPacket_Returns404()
    {
        var answer = await Api.Grab(ApiClient.Unknown, "bob");

        Assert.Equal((404, "packet_unknown"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("77-0123456789abcdef0123456789abcdef")]
    [InlineData("9999-ffffffffffffffffffffffffffffffff")]
    public async Task PacketOfAnUnusedShard_Returns404(string packetId)
    {
        var answer = await Api.Grab(packetId, "bob");

        Assert.Equal((404, "packet_unknown"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("A.z_0~9@x|y:+-")]
    [InlineData("u:1")]
    [InlineData("state")]
    public async Task EveryValidUserId_IsAccepted(string userId)
    {
        var packetId = await Api.Packet(amountFen: 10, count: 2);

        var won = await Api.Grab(packetId, userId);
        var again = await Api.Grab(packetId, userId);

        Assert.Equal(("won", userId), (won["outcome"], won["userId"]));
        Assert.Equal(won.Bytes, again.Bytes);
    }

    [Fact]
    public async Task UserIdOf128Characters_IsAcceptedAndCaseSensitive()
    {
        var packetId = await Api.Packet(amountFen: 10, count: 3);
        var longest = new string('u', 128);

        Assert.Equal("won", (await Api.Grab(packetId, longest))["outcome"]);
        Assert.Equal("1", (await Api.Grab(packetId, longest))["ordinal"]);
        Assert.Equal("2", (await Api.Grab(packetId, longest.ToUpperInvariant()))["ordinal"]);
    }

    [Fact]
    public async Task GrabWithBody_Returns400AndGrantsNothing()
    {
        var packetId = await Api.Packet();
        var before = await Sums.Of(Api);

        var answer = await Api.Call(HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", "bob", false, ApiClient.Json("{}"));

        Assert.Equal((400, "body_not_allowed"), (answer.Status, answer.Code));
        Assert.Equal(before, await Sums.Of(Api));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    [InlineData(9_999, 77)]
    public async Task EveryShareGrabbed_SharesAddUpToTheAmountAndNoneIsEmpty(long amountFen, int count)
    {
        var packetId = await Api.Packet(amountFen, count);

        var answers = new List<ApiAnswer>();
        for (var user = 0; user < count; user++)
            answers.Add(await Api.Grab(packetId, $"user{user}"));

        Assert.All(answers, answer => Assert.True(answer.Json.GetProperty("amountFen").GetInt64() >= 1));
        Assert.Equal(Enumerable.Range(1, count), answers.Select(answer => answer.Json.GetProperty("ordinal").GetInt32()));
        Assert.Equal(amountFen, answers.Sum(answer => answer.Json.GetProperty("amountFen").GetInt64()));
    }
}
