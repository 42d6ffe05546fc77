using System.Text.Json;
using RedPacket.Drills.Run;
using RedPacket.Feed;
using RedPacket.Messages;
using RedPacket.Tests.Http;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Feed;

/// <summary>The feed of the ledger's transfers, over HTTP.</summary>
[Needs("servers")]
public abstract class FeedTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const string Path = "/api/v1/transfers";
    private static readonly Tokens s_tokens = new();

    [Fact]
    public async Task ReaderWhoKeepsItsPosition_SeesEachTransferOnce_WhileOthersAreRecorded()
    {
        await using var service = await Service.Start(redis, postgres);
        List<SettledTransfer> seen = [];
        var (position, head) = (0L, 1L);
        var sending = Task.Run(() => Traffic(service, packets: 6, shares: 10), TestContext.Current.CancellationToken);

        while (!sending.IsCompleted || position < head)
        {
            var page = await Page(service, $"?after={position}&limit=7");
            seen.AddRange(page.Transfers);
            (position, head) = (page.Next, page.Head);
        }
        await sending;
        await service.Settles();
        for (var page = await Page(service, $"?after={position}"); ; page = await Page(service, $"?after={page.Next}"))
        {
            seen.AddRange(page.Transfers);
            if (page.Next == page.Head)
                break;
        }

        Assert.Equal(Enumerable.Range(1, 6 + 60).Select(id => (long)id), seen.Select(transfer => transfer.Id));
        Assert.Equal(6 * 1000, Sum(seen, EntryName.Fund));
        Assert.Equal(6 * 1000, Sum(seen, EntryName.Grab));
        Assert.All(seen, transfer => Assert.NotNull(transfer.SettledAt));
        var fund = seen.First(transfer => transfer.Kind == EntryName.Fund);
        Assert.Equal(("sender", null), (fund.UserId, fund.Ordinal));
        var grabs = seen.Where(transfer => transfer.Kind == EntryName.Grab && transfer.PacketId == fund.PacketId).ToList();
        Assert.Equal(Enumerable.Range(1, 10).Select(ordinal => (long?)ordinal), grabs.Select(grab => grab.Ordinal).Order());
        Assert.All(grabs, grab => Assert.StartsWith("user-", grab.UserId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lines_HaveTheTransfersOfThePages()
    {
        await using var service = await Service.Start(redis, postgres);
        await Traffic(service, packets: 3, shares: 5);
        await service.Settles();

        var pages = (await Page(service, "?limit=1000")).Transfers;
        var whole = await Ask(service, "?format=ndjson");
        var part = await Ask(service, "?after=4&limit=3", accept: FeedEndpoint.Lines);

        Assert.Equal((200, FeedEndpoint.Lines), (whole.Status, whole.Content.ContentType?.MediaType));
        Assert.Equal(pages, Transfers(whole));
        Assert.Equal(pages.Skip(4).Take(3), Transfers(part));
        Assert.Empty(Transfers(await Ask(service, "?after=18&format=ndjson")));
    }

    [Fact]
    public async Task OneKind_HasItsTransfers_AndNextIsBeyondTheOthers()
    {
        await using var service = await Service.Start(redis, postgres);
        await Traffic(service, packets: 2, shares: 4);
        await service.Settles();

        var funds = await Page(service, "?kind=fund");
        var none = await Page(service, "?kind=adjust");

        Assert.Equal([EntryName.Fund, EntryName.Fund], funds.Transfers.Select(transfer => transfer.Kind));
        Assert.Equal((10, 10), (funds.Next, funds.Head));
        Assert.Equal((0, 10), (none.Transfers.Count, none.Next));
        Assert.Equal(50, (await Page(service, "?after=50")).Next);
    }

    [Fact]
    public async Task OthersThanOperatorsAndBadQuestions_AreRefused()
    {
        await using var service = await Service.Start(redis, postgres);

        Assert.Equal("unauthenticated", (await Ask(service, "", user: null)).Code());
        Assert.Equal("forbidden", (await Ask(service, "", isOperator: false)).Code());
        foreach (var (query, code) in new[]
        {
            ("?limit=1001", "page_invalid"), ("?limit=0", "page_invalid"), ("?after=-1", "page_invalid"), ("?ledger=1", "query_invalid"),
            ("?kind=unknown", "query_invalid"), ("?format=csv", "format_invalid"), ("?before=1", "query_unknown"),
        })
            Assert.Equal((query, code), (query, (await Ask(service, query)).Code()));
        var empty = await Page(service, "");
        Assert.Equal((0, 0L, 0L), (empty.Transfers.Count, empty.Next, empty.Head));
    }

    private static async Task Traffic(Service service, int packets, int shares)
    {
        for (var packet = 0; packet < packets; packet++)
        {
            var id = await service.Send(1000, shares);
            await Task.WhenAll(Enumerable.Range(0, shares).Select(user => service.Grabs.Grab(0, id, $"user-{user}")));
        }
    }

    private static long Sum(List<SettledTransfer> transfers, string kind) =>
        transfers.Where(transfer => transfer.Kind == kind).Sum(transfer => transfer.AmountFen);

    private static async Task<FeedPage> Page(Service service, string query)
    {
        var answer = await Ask(service, query);
        Assert.True(answer.Status == 200, answer.Body);
        return JsonSerializer.Deserialize(answer.Body, FeedJson.Readable.FeedPage)!;
    }

    private static List<SettledTransfer> Transfers(EdgeAnswer answer) => [.. answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => JsonSerializer.Deserialize(line, FeedJson.Readable.SettledTransfer)!)];

    private static async Task<EdgeAnswer> Ask(
        Service service, string query, string? user = "olga", bool isOperator = true, string? accept = null)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}{query}");
        if (user is not null)
            request.Headers.TryAddWithoutValidation("Authorization", s_tokens.Bearer(user, isOperator));
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }
}

public sealed class FeedOnSqliteTests(RedisFixture redis) : FeedTests(redis, null);

public sealed class FeedOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : FeedTests(redis, postgres);
