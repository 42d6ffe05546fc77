using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Subscribers.Notifications;
using RedPacket.Subscribers.Risk;
using RedPacket.Subscribers.Statistics;

namespace RedPacket.Tests.Subscribers;

/// <summary>The numbers of the three rooms, over HTTP, beside numbers that the test makes from the same transfers.</summary>
public sealed class RoomAnswerTests : IAsyncLifetime
{
    private const long Minute = 60_000;
    private readonly List<SettledTransfer> _story = LedgerStory.Of(300);
    private RoomHost _host = null!;

    private SettledTransfer[] Grabs => [.. _story.Where(transfer => transfer.Kind == EntryName.Grab)];

    private Dictionary<string, SettledTransfer> Funds =>
        _story.Where(transfer => transfer.Kind == EntryName.Fund).ToDictionary(fund => fund.PacketId);

    // Some packets have no fund yet.
    private string? SenderOf(SettledTransfer transfer) => Funds.GetValueOrDefault(transfer.PacketId)?.UserId;

    public async ValueTask InitializeAsync() => _host = await RoomHost.Start(
        _story, "--Subscribers:RiskWinsPerMinute=1", "--Subscribers:RiskPacketsOfASender=8", "--Subscribers:RiskRingPackets=5");

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Inbox_HasEverythingThatAUserGot_NewestFirstAndInPages()
    {
        List<Notice> notices = [];
        var after = 0L;
        for (var page = await Page(0); ; page = await Page(after))
        {
            notices.AddRange(page.Notices);
            if (page.Next is not { } next)
                break;
            after = next;
        }

        var got = _story.Where(transfer => transfer.UserId == "user3" && transfer.Kind != EntryName.Fund)
            .OrderByDescending(transfer => transfer.Id).Select(transfer => (
                transfer.Id * 2, NoticeKind.Of(transfer.Kind), transfer.PacketId, SenderOf(transfer), transfer.AmountFen,
                transfer.GrantedAt));
        Assert.Equal(
            got,
            notices.Where(notice => notice.Kind != NoticeKind.Emptied)
                .Select(notice => (notice.Id, notice.Kind, notice.PacketId, notice.SenderId, notice.AmountFen, notice.At)));
        Assert.Equal(notices.OrderByDescending(notice => notice.Id), notices);
        Assert.Equal(EmptiedOf("user3"), notices.Where(notice => notice.Kind == NoticeKind.Emptied)
            .Select(notice => (notice.PacketId, notice.AmountFen)).Order());

        Task<InboxPage> Page(long behind) =>
            _host.Read<InboxPage>($"/api/v1/inbox/user3?limit=7&after={behind}", "user3", isOperator: false);
    }

    [Fact]
    public async Task Statistics_AreThoseOfTheTransfers()
    {
        var answer = await _host.Read<StatisticsAnswer>("/api/v1/statistics");

        Assert.Equal((_story.Count, Grabs.Length, Grabs.Sum(grab => grab.AmountFen)), (answer.Position, answer.Shares, answer.GrantedFen));
        Assert.Equal(
            Grabs.GroupBy(grab => Number(grab) / Minute).OrderByDescending(minute => minute.Key).Take(60).Select(minute => new MinuteLine(
                DateTimeOffset.FromUnixTimeMilliseconds(minute.Key * Minute), minute.Count(), minute.Sum(grab => grab.AmountFen))),
            answer.Minutes);
        Assert.Equal(Bars(), answer.Histogram.Select(bar => (bar.FromPercent, bar.ToPercent, bar.Shares)));
        Assert.Equal(
            from grab in Grabs
            group grab by Number(grab) / (60 * Minute) into hour
            orderby hour.Key descending
            let best = hour.MaxBy(grab => grab.AmountFen)!
            select (DateTimeOffset.FromUnixTimeMilliseconds(hour.Key * 60 * Minute), best.UserId, best.AmountFen, best.PacketId),
            answer.Luckiest.Select(line => (line.Hour, line.UserId, line.AmountFen, line.PacketId)));
        Assert.Equal(
            Funds.Values.GroupBy(fund => fund.UserId)
                .Select(sender => new SenderLine(sender.Key, sender.Count(), sender.Sum(fund => fund.AmountFen)))
                .OrderByDescending(sender => sender.SentFen),
            answer.Senders);
    }

    [Fact]
    public async Task Risk_NamesUsersWhoWinTooOften_FavouritesAndRings()
    {
        var answer = await _host.Read<RiskAnswer>("/api/v1/risk");

        Assert.Equal(new RiskLimits(1, 8, 5), answer.Limits);
        var fast = Grabs.GroupBy(grab => (grab.UserId, Number(grab) / Minute)).Where(minute => minute.Count() > 1)
            .GroupBy(minute => minute.Key.UserId).Select(user => ((string[])[user.Key], user.Max(minute => minute.LongCount())));
        Same(fast, answer, Finding.ManyWinsInAMinute);
        var pairs = Grabs.Select(grab => (Sender: SenderOf(grab), grab.UserId))
            .Where(pair => pair.Sender is not null && pair.Sender != pair.UserId).GroupBy(pair => (Sender: pair.Sender!, pair.UserId))
            .ToDictionary(pair => pair.Key, pair => pair.LongCount());
        Same(pairs.Where(pair => pair.Value > 8).Select(pair => ((string[])[pair.Key.UserId, pair.Key.Sender], pair.Value)),
            answer, Finding.ManyPacketsOfASender);
        Same(
            from pair in pairs
            where string.CompareOrdinal(pair.Key.Sender, pair.Key.UserId) < 0 && pair.Value > 5
            let back = pairs.GetValueOrDefault((pair.Key.UserId, pair.Key.Sender))
            where back > 5
            select ((string[])[pair.Key.Sender, pair.Key.UserId], pair.Value + back),
            answer, Finding.Ring);
        Assert.All(answer.Findings, finding => Assert.True(finding.FirstAt <= finding.LastAt));
    }

    [Fact]
    public async Task Strangers_AreRefusedAsByTheService()
    {
        Assert.Equal("unauthenticated", (await _host.Ask("/api/v1/inbox/user3", user: null)).Code());
        Assert.Equal("forbidden", (await _host.Ask("/api/v1/inbox/user3", "user4", isOperator: false)).Code());
        Assert.Equal("forbidden", (await _host.Ask("/api/v1/statistics", "user4", isOperator: false)).Code());
        Assert.Equal("forbidden", (await _host.Ask("/api/v1/risk", "user4", isOperator: false)).Code());
        Assert.Equal("user_invalid", (await _host.Ask("/api/v1/inbox/user%203")).Code());
        Assert.Equal("page_invalid", (await _host.Ask("/api/v1/inbox/user3?limit=0")).Code());
        Assert.Equal("query_unknown", (await _host.Ask("/api/v1/inbox/user3?before=4")).Code());
        Assert.Equal("query_unknown", (await _host.Ask("/api/v1/statistics?limit=4")).Code());
        Assert.Equal(200, (await _host.Ask("/api/v1/inbox/user3")).Status);
        Assert.Empty((await _host.Read<InboxPage>("/api/v1/inbox/nobody")).Notices);
    }

    [Fact]
    public async Task StoreThatCannotBeRead_IsAnOutageOfTheRoom()
    {
        await using var host = await RoomHost.StartWithout("risk", _story);

        var answer = await host.Ask("/api/v1/risk");

        Assert.Equal((503, "room_unavailable"), (answer.Status, answer.Code()));
        Assert.Equal(200, (await host.Ask("/api/v1/statistics")).Status);
    }

    [Fact]
    public async Task Description_HasTheThreeCallsWithExamplesOfTheirRecords()
    {
        var records = new Dictionary<string, JsonTypeInfo>
        {
            ["/api/v1/inbox/{userId}"] = NotificationsJson.Readable.InboxPage,
            ["/api/v1/statistics"] = StatisticsJson.Readable.StatisticsAnswer,
            ["/api/v1/risk"] = RiskJson.Readable.RiskAnswer,
        };
        var document = JsonDocument.Parse(await _host.Client.GetStringAsync(OpenApiSetup.Address, TestContext.Current.CancellationToken));

        var paths = document.RootElement.GetProperty("paths").EnumerateObject().ToDictionary(path => path.Name, path => path.Value);
        Assert.Equal(records.Keys.Order(), paths.Keys.Order());
        foreach (var (path, record) in records)
        {
            var media = paths[path].GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content")
                .GetProperty("application/json");
            var example = JsonNode.Parse((media.TryGetProperty("example", out var one)
                ? one
                : media.GetProperty("examples").GetProperty("usual").GetProperty("value")).GetRawText());
            var same = JsonSerializer.SerializeToNode(example.Deserialize(record), record);
            Assert.True(JsonNode.DeepEquals(example, same), $"{path}: {example!.ToJsonString()} {same!.ToJsonString()}");
        }
    }

    private static long Number(SettledTransfer transfer) => transfer.GrantedAt.ToUnixTimeMilliseconds();

    private IEnumerable<IGrouping<string, SettledTransfer>> Whole =>
        _story.Where(transfer => transfer.Kind != EntryName.Adjust).GroupBy(transfer => transfer.PacketId).Where(packet =>
            packet.Sum(transfer => transfer.Kind == EntryName.Fund ? transfer.AmountFen : -transfer.AmountFen) == 0);

    private IEnumerable<(string, long)> EmptiedOf(string sender) =>
        (from packet in Whole
         where packet.All(transfer => transfer.Kind != EntryName.Refund)
         let fund = Funds[packet.Key]
         where fund.UserId == sender
         select (packet.Key, fund.AmountFen)).Order();

    private IEnumerable<(long, long?, long)> Bars() =>
        from packet in Whole
        let grabs = packet.Where(transfer => transfer.Kind == EntryName.Grab).ToArray()
        from grab in grabs
        let bar = Math.Min(30, grab.AmountFen * 10 * grabs.Length / grabs.Sum(each => each.AmountFen))
        group bar by bar into bars
        orderby bars.Key
        select (bars.Key * 10, bars.Key < 30 ? (bars.Key + 1) * 10 : (long?)null, bars.LongCount());

    private static void Same(IEnumerable<(string[] Users, long Count)> expected, RiskAnswer answer, string reason)
    {
        var found = from finding in answer.Findings where finding.Reason == reason select Text(finding.Users, finding.Count);
        Assert.NotEmpty(found);
        Assert.Equal(expected.Select(finding => Text(finding.Users, finding.Count)).Order(), found.Order());
    }

    private static string Text(IEnumerable<string> users, long count) => $"{string.Join(' ', users)}: {count}";
}
