using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using RedPacket.Tests.Contract;

namespace RedPacket.Tests.Subscribers;

/// <summary>A crowd grabs in the demo, and its rooms, and those of the other program, have counted what the ledger has.</summary>
[Needs("servers")]
public sealed class DemoRoomsTests
{
    [Fact]
    public async Task Crowd_IsInTheLedgerAndInEveryRoom_AndInRoomsThatWereBrokenOrBuiltAgain()
    {
        using var demoFolder = new Folder("demo-rooms");
        using var demo = ServiceProcess.Demo(demoFolder, SharedKey);
        await demo.Start();
        using var api = new ApiClient(demo.Address);
        var packets = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => api.Packet(1000 + n, 20, sender: $"sender{n % 3}")));
        var answers = await Task.WhenAll(
            from packet in packets
            from user in Enumerable.Range(0, 25)
            select api.Grab(packet, $"guest{user}"));
        var won = answers.Where(answer => answer["outcome"] == "won").ToArray();
        await api.Consistent();
        var ledger = (Shares: won.LongLength, Fen: won.Sum(answer => answer.Json.GetProperty("amountFen").GetInt64()));

        await Follow(demo, api, ledger.Shares + 20);
        var statistics = (await api.GetAsOperator("/api/v1/statistics")).Json;
        Assert.Equal(ledger, (Number(statistics, "shares"), Number(statistics, "grantedFen")));
        Assert.Equal(420, Number(statistics, "position"));
        Assert.Equal(ledger, await Inboxes(api));

        using var folder = new Folder("again");
        var again = await Alone(folder, api.Address, statistics, "statistics", "--again");
        Assert.Equal(again, await Alone(folder, api.Address, statistics));

        var settled = await Break(api, settled: ledger.Shares + 20);
        await BuildAgain(api, demoFolder.File("data/subscribers/statistics.db"));
        // A room that hangs goes on when the demo stops.
        Assert.Equal(200, await Act(api, "risk", "hang"));
        settled += await GrabAll(api);
        await Eventually.Holds(async () => (await Rooms(api)).All(room => room.Name == "risk" || room.Position == settled));
        Assert.Equal(0, await demo.Stop());
        Assert.Equal(settled, await Position(demoFolder.File("data/subscribers/risk.db")));
    }

    // With it the other program proves who it is, and checks who asks it.
    private static Dictionary<string, string> SharedKey => new() { ["Jwt:SigningKeys:0"] = Tokens.Key, ["Jwt:Issuer"] = Tokens.Issuer };

    [Fact]
    public async Task DemoWithoutRooms_HasNone()
    {
        using var folder = new Folder("no-rooms");
        using var demo = ServiceProcess.Demo(folder, new() { ["Demo:Subscribers"] = "false" });
        await demo.Start();
        using var api = new ApiClient(demo.Address);

        Assert.Equal((404, "not_found"), await Of(api, "/api/v1/statistics"));
        Assert.Empty((await api.Get("/demo/rooms")).Json.GetProperty("rooms").EnumerateArray());
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

    // Neither the ledger nor another room notices. Returns the number of transfers.
    private static async Task<long> Break(ApiClient api, long settled)
    {
        foreach (var (action, name) in new[] { ("hang", "statistics"), ("poison", "risk"), ("stop", "notifications") })
        {
            Assert.Equal(200, await Act(api, name, action));
            var before = settled;
            for (var batch = 0; batch < 2; batch++)
            {
                settled += await GrabAll(api);
                await Eventually.Holds(async () => (await Rooms(api)).All(room => room.Name == name || room.Position == settled));
                Assert.Equal((before, true), (await Rooms(api)).Where(room => room.Name == name)
                    .Select(room => (room.Position!.Value, room.IsMarked)).Single());
            }

            Assert.Equal(200, await Act(api, name, "start"));
            await Eventually.Holds(async () => (await Rooms(api)).All(room => room.Position == settled && !room.IsMarked));
        }

        Assert.Equal(404, await Act(api, "statistics", "praise"));
        Assert.Equal(404, await Act(api, "nobody", "stop"));
        Assert.Equal(403, (await api.Call(HttpMethod.Post, "/demo/rooms/risk/stop", "anna", body: ApiClient.Json("{}"))).Status);
        return settled;
    }

    private static async Task<long> Position(string store) => (long)(await Execute(store, "SELECT position FROM progress"))!;

    private static async Task<object?> Execute(string store, string sql)
    {
        await using var file = new SqliteConnection($"Data Source={store};Pooling=false");
        await file.OpenAsync();
        await using var command = file.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    private static async Task BuildAgain(ApiClient api, string store)
    {
        var right = (await api.GetAsOperator("/api/v1/statistics")).Json;
        await Execute(store, "UPDATE minutes SET shares = shares + 1");
        Assert.False(JsonElement.DeepEquals(right, (await api.GetAsOperator("/api/v1/statistics")).Json));

        Assert.Equal(200, await Act(api, "statistics", "again"));

        await Eventually.Holds(async () => await api.GetAsOperator("/api/v1/statistics") is { Status: 200 } answer
            && JsonElement.DeepEquals(right, answer.Json), what: "the statistics are as they were");
    }

    // Returns the number of transfers that it adds.
    private static async Task<long> GrabAll(ApiClient api)
    {
        const int shares = 5;
        var packet = await api.Packet(1000, shares);
        foreach (var user in Enumerable.Range(0, shares))
            Assert.Equal("won", (await api.Grab(packet, $"guest{user}"))["outcome"]);
        await api.Consistent();
        return shares + 1;
    }

    private static async Task<int> Act(ApiClient api, string room, string action) =>
        (await api.PostAsOperator($"/demo/rooms/{room}/{action}", "{}")).Status;

    // A room is marked when it is off, hung or poisoned.
    private static async Task<(string Name, long? Position, bool IsMarked)[]> Rooms(ApiClient api) =>
        [.. from room in (await api.Get("/demo/rooms")).Json.GetProperty("rooms").EnumerateArray()
            let position = room.GetProperty("position")
            select (room.GetProperty("name").GetString()!, position.ValueKind == JsonValueKind.Null ? (long?)null : position.GetInt64(),
                room.GetProperty("fault").ValueKind != JsonValueKind.Null || room.GetProperty("state").GetString() == "off")];

    private static async Task Follow(ServiceProcess demo, ApiClient api, long through)
    {
        JsonElement states = default;
        try
        {
            await Eventually.Holds(async () =>
            {
                states = (await api.Get("/demo/rooms")).Json;
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
        var settings = new Dictionary<string, string>(SharedKey) { ["Subscribers:ServiceUrl"] = service.AbsoluteUri };
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
