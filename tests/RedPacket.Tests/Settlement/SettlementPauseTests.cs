using System.Text;
using System.Text.Json;
using RedPacket.Drills.Run;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Reports;
using RedPacket.Tests.Http;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Settlement;

/// <summary>An operator pauses settlement: grabs go on, nothing is recorded, and it all is afterwards.</summary>
[Needs("servers")]
public abstract class SettlementPauseTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const string Reason = """{"reason":" the backup is being checked "}""";
    private static readonly Tokens s_tokens = new();

    [Fact]
    public async Task Paused_GrabsGoOnAndNothingIsRecorded_UntilItIsResumed()
    {
        await using var service = await Service.Start(redis, postgres);
        var packet = await service.Send(1000, 10);
        await service.Settles();

        var paused = await Call(service, HttpMethod.Put, Reason);
        await Holds(service);
        for (var user = 0; user < 10; user++)
            await service.Grabs.Grab(0, packet, $"user-{user}");
        await Eventually.Holds(
            () => service.Of<RelayStatus>().Shards.Sum(shard => shard.Entries) >= 10, what: "settlement has the entries");
        var report = await service.Of<ReportBuilder>().Build(new ReportRequest(), TestContext.Current.CancellationToken);
        var recorded = Grabs(service);
        var resumed = await Call(service, HttpMethod.Delete);

        Assert.Equal(("olga", "the backup is being checked"), Paused(paused));
        Assert.Equal(0, recorded);
        Assert.Equal(("CONVERGING", 10), (report.Verdict, report.Claims.InFlight));
        var cause = report.Causes.Single(cause => cause.Code == "settlement_paused");
        Assert.Equal("olga", cause.Operator);
        Assert.Contains("the backup is being checked", cause.Reason, StringComparison.Ordinal);
        Assert.Null(Paused(resumed));
        var settled = await service.Settles();
        Assert.Equal((10, 10, 10), (settled.Claims.Granted, settled.Claims.Settled, Grabs(service)));
    }

    [Fact]
    public async Task PauseHoldsAcrossARestart()
    {
        var before = await Service.Start(redis, postgres);
        var packet = await before.Send(1000, 10);
        await before.Settles();
        await Call(before, HttpMethod.Put, Reason);
        await Holds(before);
        await before.Grabs.Grab(0, packet, "bob");

        await using var after = await Service.Resume(redis, await before.Stop());
        await Holds(after);
        var recorded = Grabs(after);
        await Call(after, HttpMethod.Delete);

        Assert.Equal(0, recorded);
        Assert.Equal(1, (await after.Settles()).Claims.Settled);
    }

    [Fact]
    public async Task DoneTwice_IsAuditedOnce_AndTheFirstReasonStays()
    {
        await using var service = await Service.Start(redis, postgres);

        await Call(service, HttpMethod.Put, Reason);
        var again = await Call(service, HttpMethod.Put, """{"reason":"another"}""");
        await Call(service, HttpMethod.Delete);
        await Call(service, HttpMethod.Delete);

        Assert.Equal(("olga", "the backup is being checked"), Paused(again));
        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM audits WHERE action = 'settlement_paused'"));
        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM audits WHERE action = 'settlement_resumed'"));
    }

    [Fact]
    public async Task BadReasonsAndCallers_AreRefused_AndNothingIsPaused()
    {
        await using var service = await Service.Start(redis, postgres);

        foreach (var (body, code) in new[]
        {
            ("{}", "reason_invalid"), ("""{"reason":" "}""", "reason_invalid"), ("""{"reason":5}""", "reason_invalid"),
            ("""{"reason":"a\nb"}""", "reason_invalid"), ($$"""{"reason":"{{new string('x', 201)}}"}""", "reason_invalid"),
            ("""{"reason":"x","for":5}""", "unknown_field"), ("[]", "invalid_json"),
        })
            Assert.Equal((body, code), (body, (await Call(service, HttpMethod.Put, body)).Code()));
        Assert.Equal("forbidden", (await Call(service, HttpMethod.Put, Reason, isOperator: false)).Code());
        Assert.Equal("forbidden", (await Call(service, HttpMethod.Delete, isOperator: false)).Code());
        Assert.Equal(0, service.Ledger.Number("SELECT count(*) FROM house WHERE paused_at IS NOT NULL"));
    }

    private static long Grabs(Service service) => service.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 2");

    // The writer asks once a second.
    private static Task Holds(Service service) =>
        Eventually.Holds(() => service.Of<Journal>().State.Pause is not null, what: "settlement is paused");

    private static (string?, string?)? Paused(EdgeAnswer answer)
    {
        Assert.True(answer.Status == 200, answer.Body);
        var paused = JsonDocument.Parse(answer.Body).RootElement.GetProperty("paused");
        return paused.ValueKind == JsonValueKind.Null
            ? null
            : (paused.GetProperty("by").GetString(), paused.GetProperty("reason").GetString());
    }

    private static async Task<EdgeAnswer> Call(Service service, HttpMethod method, string? body = null, bool isOperator = true)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        using var request = new HttpRequestMessage(method, "/api/v1/house/pause");
        request.Headers.TryAddWithoutValidation("Authorization", s_tokens.Bearer("olga", isOperator));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await EdgeAnswer.Read(response);
    }
}

public sealed class SettlementPauseOnSqliteTests(RedisFixture redis) : SettlementPauseTests(redis, null);

public sealed class SettlementPauseOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : SettlementPauseTests(redis, postgres);
