using System.Globalization;
using System.Text.Json;
using RedPacket.Tests.Contract;

namespace RedPacket.Tests.Subscribers;

/// <summary>A crowd grabs in the demo, and its rooms, and those of the other program, have counted what the ledger has.</summary>
[Needs("servers")]
public sealed class DemoRoomsTests
{
    [Fact]
    public async Task Crowd_IsInTheLedgerAndInEveryRoom_AndInRoomsThatAreMadeAgain()
    {
        await using var demo = new DemoProcess();
        await demo.InitializeAsync();
        var packets = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => demo.Api.Packet(1000 + n, 20, sender: $"sender{n % 3}")));
        var answers = await Task.WhenAll(
            from packet in packets
            from user in Enumerable.Range(0, 25)
            select demo.Api.Grab(packet, $"guest{user}"));
        var won = answers.Where(answer => answer["outcome"] == "won").ToArray();
        await demo.Api.Consistent();
        var ledger = (Shares: won.LongLength, Fen: won.Sum(answer => answer.Json.GetProperty("amountFen").GetInt64()));

        await Follow(demo, ledger.Shares + 20);
        var statistics = (await demo.Api.GetAsOperator("/api/v1/statistics")).Json;
        Assert.Equal(ledger, (Number(statistics, "shares"), Number(statistics, "grantedFen")));
        Assert.Equal(420, Number(statistics, "position"));
        Assert.Equal(ledger, await Inboxes(demo.Api));

        using var folder = new Folder("again");
        var again = await Alone(folder, demo.Api.Address, statistics, "statistics", "--again");
        Assert.Equal(again, await Alone(folder, demo.Api.Address, statistics));
    }

    [Fact]
    public async Task DemoWithoutRooms_HasNone()
    {
        using var folder = new Folder("no-rooms");
        using var demo = ServiceProcess.Demo(folder, new() { ["Demo:Subscribers"] = "false" });
        await demo.Start();
        using var api = new ApiClient(demo.Address);

        Assert.Equal((404, "not_found"), await Of(api, "/api/v1/statistics"));
        Assert.False(Directory.Exists(folder.File("data/subscribers")));
        Assert.Equal(0, await demo.Stop());

        static async Task<(int, string)> Of(ApiClient api, string path) =>
            await api.GetAsOperator(path) is var answer ? (answer.Status, answer.Code) : default;
    }

    [Fact]
    public async Task RoomWhoseStoreIsBroken_LeavesTheDemoAndTheOtherRoomsAlone()
    {
        using var folder = new Folder("broken-room");
        Directory.CreateDirectory(folder.File("data/subscribers/risk.db"));
        using var demo = ServiceProcess.Demo(folder);
        await demo.Start();
        using var api = new ApiClient(demo.Address);
        var packet = await api.Packet(100, 1);
        Assert.Equal("won", (await api.Grab(packet, "guest"))["outcome"]);

        await Eventually.Holds(async () => Number((await api.GetAsOperator("/api/v1/statistics")).Json, "shares") == 1);
        Assert.Equal("room_unavailable", (await api.GetAsOperator("/api/v1/risk")).Code);
        Assert.Equal(0, await demo.Stop());
    }

    private static async Task Follow(DemoProcess demo, long through)
    {
        JsonElement states = default;
        try
        {
            await Eventually.Holds(async () =>
            {
                states = (await demo.Api.Get("/demo/rooms")).Json;
                return states.GetProperty("rooms").EnumerateArray().All(
                    room => room.GetProperty("state").GetString() == "following" && Number(room, "position") == through);
            });
        }
        catch (TimeoutException late)
        {
            Assert.Fail($"{late.Message}: {states}\n{demo.Output}");
        }
    }

    // Each program ends by SIGTERM, with 0.
    private static async Task<string> Alone(Folder folder, Uri service, JsonElement expected, params string[] words)
    {
        var settings = new Dictionary<string, string>
        {
            ["Subscribers:ServiceUrl"] = service.AbsoluteUri,
            ["Jwt:SigningKeys:0"] = Tokens.Key,
            ["Jwt:Issuer"] = Tokens.Issuer,
        };
        using var program = ServiceProcess.Subscribers(folder, settings, words);
        await program.Start();
        using var client = new HttpClient { BaseAddress = program.Address };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", new Tokens().Bearer("olga", asOperator: true));
        var answer = await Eventually.Yields(
            () => client.GetStringAsync("/api/v1/statistics"),
            text => Number(JsonDocument.Parse(text).RootElement, "position") == Number(expected, "position"));
        Assert.True(JsonElement.DeepEquals(expected, JsonDocument.Parse(answer).RootElement), $"{expected}\n{answer}");
        Assert.Equal(0, await program.Stop());
        return answer;
    }

    private static async Task<(long, long)> Inboxes(ApiClient api)
    {
        var (shares, fen) = (0L, 0L);
        foreach (var user in Enumerable.Range(0, 25).Select(user => string.Create(CultureInfo.InvariantCulture, $"guest{user}")))
        {
            var notices = (await api.Get($"/api/v1/inbox/{user}", user)).Json.GetProperty("notices").EnumerateArray();
            var won = notices.Where(notice => notice.GetProperty("kind").GetString() == "won").ToArray();
            (shares, fen) = (shares + won.Length, fen + won.Sum(notice => Number(notice, "amountFen")));
        }
        return (shares, fen);
    }

    private static long Number(JsonElement answer, string name) => answer.GetProperty(name).GetInt64();
}
