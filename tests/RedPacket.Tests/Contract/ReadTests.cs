using System.Text.Json;

namespace RedPacket.Tests.Contract;

/// <summary>Packets, wallets and statements, as they are read.</summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class ReadTests(DemoProcess demo)
{
    private ApiClient Api => demo.Api;

    [Fact]
    public async Task OpenPacket_HasEveryMemberAndNoLuckiest()
    {
        var packetId = await Api.Packet(amountFen: 1000, count: 4, kind: "equal", sender: "anna");
        await Api.Grab(packetId, "bob");

        var page = await Api.Get($"/api/v1/packets/{packetId}", "stranger");

        Assert.True(page.Status == 200, page.ToString());
        string[] members =
        [
            "packetId", "senderId", "kind", "amountFen", "count", "greeting", "createdAt", "expiresAt", "state",
            "grabbedCount", "grabbedFen", "leftFen", "refundedFen", "luckiest", "grabs",
        ];
        Assert.Equal(members, page.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(
            ("open", "1", "250", "750", "0"),
            (page["state"], page["grabbedCount"], page["grabbedFen"], page["leftFen"], page["refundedFen"]));
        Assert.Equal(JsonValueKind.Null, page.Json.GetProperty("luckiest").ValueKind);
        Assert.Equal(
            ["ordinal", "userId", "amountFen", "grabbedAt", "settled"],
            page.Json.GetProperty("grabs")[0].EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task EmptiedPacket_LuckiestIsTheFirstOfTheLargestShares()
    {
        var packetId = await Api.Packet(amountFen: 300, count: 3, kind: "equal");
        foreach (var user in new[] { "first", "second", "third" })
            await Api.Grab(packetId, user);

        var page = await Api.Get($"/api/v1/packets/{packetId}");

        Assert.Equal("emptied", page["state"]);
        Assert.Equal("""{"userId":"first","amountFen":100}""", page.Json.GetProperty("luckiest").GetRawText());
    }

    [Fact]
    public async Task Grabs_BecomeSettled()
    {
        var packetId = await Api.Packet(amountFen: 100, count: 2);
        await Api.Grab(packetId, "bob");

        await Eventually.Holds(async () =>
            (await Api.Get($"/api/v1/packets/{packetId}")).Json.GetProperty("grabs")[0]
                .GetProperty("settled").ValueKind == JsonValueKind.True);
    }

    [Fact]
    public async Task PagesOfGrabs_ContainEveryGrabOnce()
    {
        var packetId = await Api.Packet(amountFen: 1000, count: 250);
        for (var user = 0; user < 205; user++)
            await Api.Grab(packetId, $"page{user}");

        var first = await Ordinals(packetId, "");
        var second = await Ordinals(packetId, "?after=100");
        var third = await Ordinals(packetId, "?after=200&limit=100");
        var some = await Ordinals(packetId, "?after=7&limit=3");
        var beyond = await Ordinals(packetId, "?after=2147483647&limit=1");

        Assert.Equal(Enumerable.Range(1, 205), [.. first, .. second, .. third]);
        Assert.Equal((100, 100, 5), (first.Length, second.Length, third.Length));
        Assert.Equal([8, 9, 10], some);
        Assert.Empty(beyond);
    }

    [Fact]
    public async Task PacketList_IsNewestFirstPagedAndFilteredByState()
    {
        var older = await Api.Packet(amountFen: 1, count: 1);
        await Api.Grab(older, "bob");
        var newer = await Api.Packet(amountFen: 2, count: 1);

        var both = await Api.GetAsOperator("/api/v1/packets?limit=2");
        var ids = Ids(both);
        var next = Ids(await Api.GetAsOperator($"/api/v1/packets?limit=1&after={newer}"));
        var emptied = Ids(await Api.GetAsOperator("/api/v1/packets?limit=1&state=emptied"));

        Assert.Equal([newer, older], ids);
        Assert.Equal([older], next);
        Assert.Equal([older], emptied);
    }

    [Fact]
    public async Task Wallet_ShowsSettledAmountAndTime()
    {
        var empty = await Api.Get("/api/v1/wallets/nobody-ever", "nobody-ever");
        var packetId = await Api.Packet(amountFen: 77, count: 1);
        var won = await Api.Grab(packetId, "walletuser");

        var wallet = await Eventually.Yields(
            () => Api.Get("/api/v1/wallets/walletuser", "walletuser"),
            answer => answer["settledFen"] == "77");

        Assert.Equal((200, "nobody-ever", "0"), (empty.Status, empty["userId"], empty["settledFen"]));
        Assert.Equal(["userId", "settledFen", "pendingFen", "settledThrough"], wallet.Json.EnumerateObject().Select(member => member.Name));
        await Eventually.Holds(async () =>
            (await Api.Get("/api/v1/wallets/walletuser", "walletuser")).Json.GetProperty("settledThrough").GetDateTimeOffset()
            >= won.Json.GetProperty("grabbedAt").GetDateTimeOffset());
        Assert.Equal(200, (await Api.GetAsOperator("/api/v1/wallets/walletuser")).Status);
    }

    [Theory]
    [InlineData("a/b+c=d@e|f:g.h_i~j-k")]
    [InlineData("/")]
    [InlineData("...")]
    [InlineData("../packets")]
    [InlineData("f:1b9d:realm/user=1==")]
    [InlineData("255")]
    public async Task UserIdOfAnyForm_GrabsAndHasAWallet(string form)
    {
        var user = form == "255" ? new string('x', 255) : form;
        await Api.Grab(await Api.Packet(amountFen: 7, count: 1), user);

        var wallet = $"/api/v1/wallets/{Uri.EscapeDataString(user)}";

        await Eventually.Holds(
            async () => await Api.Get(wallet, user) is var answer && answer["userId"] == user && answer["settledFen"] == "7");
        Assert.Equal(200, (await Api.Get($"{wallet}/transfers", user)).Status);
    }

    [Fact]
    public async Task Statement_HasEveryTransferOfTheWalletInPages()
    {
        var packets = new List<string>();
        for (var n = 1; n <= 3; n++)
        {
            packets.Add(await Api.Packet(amountFen: n, count: 1));
            await Api.Grab(packets[^1], "statementuser");
        }
        await Eventually.Holds(async () => (await Api.Get("/api/v1/wallets/statementuser", "statementuser"))["settledFen"] == "6");

        var whole = await Api.Get("/api/v1/wallets/statementuser/transfers", "statementuser");
        var first = await Api.Get("/api/v1/wallets/statementuser/transfers?limit=2", "statementuser");

        Assert.True(whole.Status == 200, whole.ToString());
        Assert.All(packets, packetId => Assert.Contains(packetId, whole.Text, StringComparison.Ordinal));
        Assert.Equal(3, Rows(whole).Length);
        Assert.Equal(6, Rows(whole).Sum(row => row.GetProperty("amountFen").GetInt64()));
        Assert.Equal(2, Rows(first).Length);
    }

    private async Task<int[]> Ordinals(string packetId, string query)
    {
        var page = await Api.Get($"/api/v1/packets/{packetId}{query}");
        Assert.True(page.Status == 200, page.ToString());
        return [.. page.Json.GetProperty("grabs").EnumerateArray().Select(grab => grab.GetProperty("ordinal").GetInt32())];
    }

    private static string[] Ids(ApiAnswer list)
    {
        Assert.True(list.Status == 200, list.ToString());
        return [.. list.Json.GetProperty("packets").EnumerateArray().Select(packet => packet.GetProperty("packetId").GetString()!)];
    }

    private static JsonElement[] Rows(ApiAnswer statement) =>
        [.. statement.Json.GetProperty("transfers").EnumerateArray()];
}
