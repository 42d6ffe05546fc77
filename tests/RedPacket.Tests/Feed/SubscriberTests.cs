using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RedPacket.Drills.Run;
using RedPacket.Feed;
using RedPacket.Ledger;
using RedPacket.Ledger.Followers;
using RedPacket.Messages;
using RedPacket.Tests.Http;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Feed;

/// <summary>Programs that follow the ledger report their position and their sums, over HTTP.</summary>
[Needs("servers")]
public abstract class SubscriberTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const string Path = "/api/v1/subscribers";
    private const int Transfers = 21;
    private static readonly Tokens s_tokens = new();

    [Fact]
    public async Task SumsOfTheLedger_Agree_AndTheListSaysHowFarBehind()
    {
        await using var service = await Settled();

        var behind = await Report(service, "statistics", 10, await Sums(service, 10));
        var done = await Report(service, "risk", Transfers, await Sums(service, Transfers));

        Assert.Equal((SubscriberState.Agrees, 10, Transfers), (behind.State, behind.Position, behind.Head));
        Assert.Equal((behind.Grabs, behind.GrantedFen), (behind.LedgerGrabs!.Value, behind.LedgerGrantedFen!.Value));
        Assert.Equal((SubscriberState.Agrees, 20, 1000), (done.State, done.Grabs, done.LedgerGrantedFen));
        var list = await List(service);
        Assert.Equal((Transfers, 2), (list.Head, list.Subscribers.Count));
        Assert.Equal(("risk", 0, 0.0), (list.Subscribers[0].Name, list.Subscribers[0].RowsBehind, list.Subscribers[0].SecondsBehind));
        Assert.Equal(("statistics", 11), (list.Subscribers[1].Name, list.Subscribers[1].RowsBehind));
        Assert.InRange(list.Subscribers[1].SecondsBehind!.Value, 0.001, 600);
        Assert.Equal("CONSISTENT", (await service.Settles()).Verdict);
    }

    [Fact]
    public async Task LedgersSums_AreCarriedOn_AndAddedUpAnewWhereASubscriberWentBack()
    {
        await using var service = await Settled();
        await Report(service, "statistics", 10, await Sums(service, 10));
        service.Ledger.Execute("UPDATE subscribers SET ledger_grabs = ledger_grabs + 100");

        var further = await Report(service, "statistics", Transfers, await Sums(service, Transfers));
        var again = await Report(service, "statistics", 0, new RecordedSums(0, 0));
        var anew = await Report(service, "statistics", 12, await Sums(service, 12));

        Assert.Equal((SubscriberState.Drifted, 120), (further.State, further.LedgerGrabs));
        Assert.Equal((SubscriberState.Agrees, 0, 0), (again.State, again.LedgerGrabs, again.LedgerGrantedFen));
        Assert.Equal(SubscriberState.Agrees, anew.State);
    }

    [Fact]
    public async Task OtherSums_AreDrifted_AndAPositionBeyondTheLedgerIsAhead()
    {
        await using var service = await Settled();
        var right = await Sums(service, Transfers);

        var tooMuch = await Report(service, "statistics", Transfers, right with { GrantedFen = right.GrantedFen + 1 });
        var twice = await Report(service, "risk", Transfers, right with { Grabs = right.Grabs + 1 });
        var ahead = await Report(service, "notifications", Transfers + 5, right);

        Assert.Equal((SubscriberState.Drifted, right.GrantedFen), (tooMuch.State, tooMuch.LedgerGrantedFen));
        Assert.Equal((SubscriberState.Drifted, right.Grabs), (twice.State, twice.LedgerGrabs));
        Assert.Equal((SubscriberState.Ahead, null, null), (ahead.State, ahead.LedgerGrabs, ahead.LedgerGrantedFen));
        var listed = (await List(service)).Subscribers.Single(one => one.Name == "notifications");
        Assert.Equal((SubscriberState.Ahead, 0, null), (listed.State, listed.RowsBehind, listed.SecondsBehind));
        Assert.Equal(SubscriberState.Agrees, (await Report(service, "notifications", Transfers, right)).State);
    }

    [Fact]
    public async Task Forgotten_IsAuditedOnce_AndUnknownAfterwards()
    {
        await using var service = await Settled();
        await Report(service, "statistics", 0, new RecordedSums(0, 0));

        var forgotten = await Ask(service, HttpMethod.Delete, "/statistics");
        var again = await Ask(service, HttpMethod.Delete, "/statistics");

        Assert.Equal((204, ""), (forgotten.Status, forgotten.Body));
        Assert.Equal((404, "subscriber_unknown"), (again.Status, again.Code()));
        Assert.Empty((await List(service)).Subscribers);
        await using var db = await service.OpenLedger();
        var audit = await db.Audits.SingleAsync(
            each => each.Action == AuditTrail.SubscriberForgotten, TestContext.Current.CancellationToken);
        Assert.Equal(("olga", "statistics"), (audit.Actor, AuditTrail.Read(audit.Detail).Some.Single()));
    }

    [Fact]
    public async Task BadNamesNumbersAndCallers_AreRefused_AndNothingIsKept()
    {
        await using var service = await Settled();
        const string body = """{"position":1,"grabs":0,"grantedFen":0}""";

        foreach (var name in new[] { "Statistics", "a_b", "a%20b", "%C3%BC", "a%2Fb", new string('a', 41) })
        {
            Assert.Equal((name, "subscriber_invalid"), (name, (await Ask(service, HttpMethod.Put, $"/{name}", body)).Code()));
            Assert.Equal((name, "subscriber_invalid"), (name, (await Ask(service, HttpMethod.Delete, $"/{name}")).Code()));
        }
        foreach (var (wrong, code) in new[]
        {
            ("{}", "position_out_of_range"), ("""{"position":-1,"grabs":0,"grantedFen":0}""", "position_out_of_range"),
            ("""{"position":1.5,"grabs":0,"grantedFen":0}""", "position_out_of_range"),
            ("""{"position":1,"grabs":"0","grantedFen":0}""", "position_out_of_range"),
            ("""{"position":1,"grabs":0,"grantedFen":9007199254740992}""", "position_out_of_range"),
            ("""{"position":1,"grabs":0,"grantedFen":0,"head":1}""", "unknown_field"), ("[]", "invalid_json"),
        })
            Assert.Equal((wrong, code), (wrong, (await Ask(service, HttpMethod.Put, "/statistics", wrong)).Code()));
        Assert.Equal("unauthenticated", (await Ask(service, HttpMethod.Put, "/statistics", body, user: null)).Code());
        Assert.Equal("forbidden", (await Ask(service, HttpMethod.Put, "/statistics", body, isOperator: false)).Code());
        Assert.Equal("forbidden", (await Ask(service, HttpMethod.Delete, "/statistics", isOperator: false)).Code());
        Assert.Equal("forbidden", (await Ask(service, HttpMethod.Get, "", isOperator: false)).Code());
        Assert.Equal("query_unknown", (await Ask(service, HttpMethod.Get, "?name=x")).Code());
        Assert.Empty((await List(service)).Subscribers);
        Assert.Equal(200, (await Ask(service, HttpMethod.Put, $"/{new string('9', 39)}-", body)).Status);
    }

    // One packet of 1000 fen and its 20 grabs are in the ledger.
    private async Task<Service> Settled()
    {
        var service = await Service.Start(redis, postgres);
        var packet = await service.Send(1000, 20);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(user => service.Grabs.Grab(0, packet, $"user-{user}")));
        await service.Settles();
        return service;
    }

    // As a subscriber adds them up.
    private static async Task<RecordedSums> Sums(Service service, long through)
    {
        var page = await service.Of<FeedReader>().Page(new FeedRequest(0, 1000, EntryKind.Grab, through), CancellationToken.None);
        return new RecordedSums(page.Transfers.Count, page.Transfers.Sum(transfer => transfer.AmountFen));
    }

    private static async Task<SubscriberAnswer> Report(Service service, string name, long position, RecordedSums sums)
    {
        var body = JsonSerializer.Serialize(new { position, grabs = sums.Grabs, grantedFen = sums.GrantedFen });
        var answer = await Ask(service, HttpMethod.Put, $"/{name}", body);
        Assert.True(answer.Status == 200, answer.Body);
        return JsonSerializer.Deserialize(answer.Body, FeedJson.Readable.SubscriberAnswer)!;
    }

    private static async Task<SubscriberList> List(Service service)
    {
        var answer = await Ask(service, HttpMethod.Get, "");
        Assert.True(answer.Status == 200, answer.Body);
        return JsonSerializer.Deserialize(answer.Body, FeedJson.Readable.SubscriberList)!;
    }

    private static async Task<EdgeAnswer> Ask(
        Service service, HttpMethod method, string path, string? body = null, string? user = "olga", bool isOperator = true)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        using var request = new HttpRequestMessage(method, $"{Path}{path}");
        if (user is not null)
            request.Headers.TryAddWithoutValidation("Authorization", s_tokens.Bearer(user, isOperator));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }
}

public sealed class SubscriberOnSqliteTests(RedisFixture redis) : SubscriberTests(redis, null);

public sealed class SubscriberOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : SubscriberTests(redis, postgres);
