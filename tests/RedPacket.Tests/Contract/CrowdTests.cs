namespace RedPacket.Tests.Contract;

/// <summary>Many parallel calls over real HTTP.</summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class CrowdTests(DemoProcess demo)
{
    private ApiClient Api => demo.Api;

    [Fact]
    public async Task ThousandUsersForHundredShares_HundredWinTheExactAmount()
    {
        var packetId = await Api.Packet(amountFen: 10_007, count: 100);

        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(user => Api.Grab(packetId, $"crowd{user}")));

        Assert.All(answers, answer => Assert.True(answer.Status == 200, answer.ToString()));
        var won = answers.Where(answer => answer["outcome"] == "won").ToArray();
        Assert.Equal(100, won.Length);
        Assert.Equal(900, answers.Count(answer => answer["outcome"] == "emptied"));
        Assert.Equal(10_007, won.Sum(answer => answer.Json.GetProperty("amountFen").GetInt64()));
        Assert.Equal(Enumerable.Range(1, 100), won.Select(answer => answer.Json.GetProperty("ordinal").GetInt32()).Order());
        var page = await Api.Get($"/api/v1/packets/{packetId}");
        Assert.Equal(("emptied", "100", "10007", "0"), (page["state"], page["grabbedCount"], page["grabbedFen"], page["leftFen"]));
        Assert.Equal(
            won.Select(answer => (answer["ordinal"], answer["userId"], answer["amountFen"], answer["grabbedAt"]))
                .OrderBy(grab => int.Parse(grab.Item1)),
            page.Json.GetProperty("grabs").EnumerateArray()
                .Select(grab => (Of(grab, "ordinal"), Of(grab, "userId"), Of(grab, "amountFen"), Of(grab, "grabbedAt"))));
        await Api.Consistent();
    }

    [Fact]
    public async Task OneUserOnFiftyConnections_GetsOneShareAndFiftyEqualAnswers()
    {
        var packetId = await Api.Packet(amountFen: 1000, count: 100);
        var clients = Enumerable.Range(0, 50).Select(_ => new ApiClient(Api.Address)).ToArray();

        var answers = await Task.WhenAll(clients.Select(client => client.Grab(packetId, "eager")));

        Assert.Single(answers.Select(answer => answer.Text).Distinct());
        Assert.Equal(49, answers.Count(answer => answer.Replayed));
        Assert.Equal("1", (await Api.Get($"/api/v1/packets/{packetId}"))["grabbedCount"]);
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task ManyGrabsOfOneShare_WinnerAlwaysGetsTheSameAnswer()
    {
        var packetId = await Api.Packet(amountFen: 100, count: 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(call => Api.Grab(packetId, $"rival{call % 20}")));

        var won = answers.Where(answer => answer["outcome"] == "won").ToArray();
        Assert.Single(won.Select(answer => answer.Text).Distinct());
        Assert.Equal(10, won.Length);
        Assert.Single(won, answer => !answer.Replayed);
    }

    [Fact]
    public async Task ManyPacketsInParallel_EachPaysItsOwnAmount()
    {
        var packets = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Api.Packet(amountFen: 100 + n, count: 5)));

        var answers = await Task.WhenAll(
            from packetId in packets
            from user in Enumerable.Range(0, 8)
            select Api.Grab(packetId, $"many{user}"));

        var sums = answers.Where(answer => answer["outcome"] == "won").GroupBy(answer => answer["packetId"])
            .ToDictionary(group => group.Key, group => group.Sum(answer => answer.Json.GetProperty("amountFen").GetInt64()));
        Assert.Equal(packets.Select((_, n) => 100L + n), packets.Select(packetId => sums[packetId]));
    }

    private static string Of(System.Text.Json.JsonElement element, string name) => element.GetProperty(name).ToString();
}
