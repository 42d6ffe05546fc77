using System.CommandLine;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using RedPacket.Comparison;
using RedPacket.Packets;
using RedPacket.Reports;
using RedPacket.Reports.Commands;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>The command <c>report</c> against the report over real HTTP.</summary>
[Needs("servers")]
public abstract class ReportCommandTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("settled", 0)]
    [InlineData("inFlight", 10)]
    [InlineData("lost", 20)]
    public async Task ExitCode_IsTheVerdict_InEveryFormat(string state, int code)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await (state switch { "settled" => world.Settled("a"), "inFlight" => world.InFlight("a"), _ => world.Lost("a") });
        await using var service = await Service(world);

        var table = await Run(service, "--format", "table");
        var json = await Run(service, "--format", "json");
        var csv = await Run(service, "--format", "csv", "--packet", packet);

        Assert.Equal((code, code, code), (table.Code, json.Code, csv.Code));
        Assert.Contains("totals_recomputed", table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', table.Output);
        Assert.StartsWith("{\"verdict\":", json.Output, StringComparison.Ordinal);
        Assert.StartsWith("\uFEFFline,kind,", csv.Output, StringComparison.Ordinal);
        Assert.Equal(("", "", ""), (table.Error, json.Error, csv.Error));
    }

    [Fact]
    public async Task Wait_EndsWhenItIsConsistent()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.InFlight("a");
        await using var service = await Service(world);

        var waiting = Run(service, "--wait", "60");
        await world.Record([.. (await world.Store.SortedSetRangeByRankAsync(PacketKeys.Out(0))).Select(line => (string)line!)]);

        Assert.Equal(0, (await waiting).Code);
    }

    [Fact]
    public async Task NobodyThere_OneLineAndExitCode1()
    {
        var answer = await Run(null, "--url", $"http://127.0.0.1:{Ports.Free()}");

        Assert.Equal((1, ""), (answer.Code, answer.Output));
        var line = Assert.Single(answer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("cannot be reached", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_SaysWhatToDo_AndExitCode1()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await using var service = await Service(world, refuseWith: 401);

        var answer = await Run(service);
        var unknown = await Run(await Service(world), "--packet", "0-ffffffffffff40008000000000000000");

        var expired = await Run(service, "--token", "abc");

        Assert.Equal((1, 1), (answer.Code, expired.Code));
        Assert.Contains("--token", answer.Error, StringComparison.Ordinal);
        Assert.Contains("not valid or has expired", expired.Error, StringComparison.Ordinal);
        var page = await Run(null, "--url", $"{service.Urls.First()}/ops");
        Assert.Contains("not of a page", page.Error, StringComparison.Ordinal);
        Assert.Equal((1, 1), (unknown.Code, page.Code));
        Assert.Contains("There is no packet of this id.", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServiceUnderAPath_IsAskedThere()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await using var service = await Service(world, path: "/pay/red");

        var answer = await Run(null, "--url", $"{service.Urls.First()}/pay/red", "--format", "json");

        Assert.Equal((0, ""), (answer.Code, answer.Error));
    }

    // A redirect could lead the token to another host.
    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var isFollowed = false;
        await using var service = await Service(world, refuseWith: 307, isAsked: () => isFollowed = true);

        var answer = await Run(service, "--token", "abc");

        Assert.Equal((1, false), (answer.Code, isFollowed));
    }

    [Theory]
    [InlineData("--format", "xml")]
    [InlineData("--url", "nowhere")]
    [InlineData("--url", "http://localhost:5080?x=1")]
    [InlineData("--wait", "-1")]
    [InlineData("--header", "novalue")]
    public void BadOption_IsRefusedBeforeAnythingIsAsked(params string[] arguments) =>
        Assert.NotEmpty(ReportCommand.Create().Parse(arguments).Errors);

    [Fact]
    public async Task Help_ListsAllExitCodes()
    {
        var help = await Run(null, "--help");

        Assert.All(["0   CONSISTENT", "10  CONVERGING", "20  INCONSISTENT", "1   no report"],
            code => Assert.Contains(code, help.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Table_HasColumns_AndUsesColourOnlyWhenAsked()
    {
        var report = new ConsistencyReport
        {
            Verdict = Verdict.Inconsistent,
            AsOf = DateTimeOffset.UnixEpoch,
            TookMs = 3,
            Causes = [],
            Unread = [],
            Packets = null,
            Claims = new ClaimCounts(1, null, null, null, null, null, null, null),
            Money = new MoneySums(12345, null, null, null, null, null),
            AdjustedFen = null,
            UnacknowledgedPayments = null,
            Rules = [new Rule("trial_balance", "", 5, 7, -2, ReportRules.Fail)],
            TotalsFrom = null,
            Differences = [],
            DifferencesTotal = 0,
            Accounts = [],
            Healed = [],
            Subscribers = null,
        };

        var plain = ReportTable.Write(report, colour: false);
        var coloured = ReportTable.Write(report, colour: true);

        Assert.Contains(
            "rule           result   left  right   delta\ntrial_balance  FAIL    ¥0.05  ¥0.07  −¥0.02\n", plain,
            StringComparison.Ordinal);
        Assert.Contains("¥123.45", plain, StringComparison.Ordinal);
        Assert.Contains("\e[1;31mFAIL\e[0m", coloured, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> Service(
        ReconciliationWorld world, int? refuseWith = null, string path = "", Action? isAsked = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));
        var app = builder.Build();
        Delegate answer = (HttpContext context) =>
        {
            context.Response.Headers.Location = "/elsewhere";
            return refuseWith is { } status
                ? Task.FromResult(Results.StatusCode(status))
                : world.Get<ReportEndpoint>().Handle(context);
        };
        app.MapGet($"{path}/api/v1/consistency", answer);
        app.MapGet("/elsewhere", () => isAsked?.Invoke());
        await app.StartAsync(ReconciliationWorld.Stop);
        return app;
    }

    private static async Task<(int Code, string Output, string Error)> Run(WebApplication? service,
        params string[] arguments)
    {
        using StringWriter output = new(new StringBuilder()), error = new(new StringBuilder());
        var command = new RootCommand { ReportCommand.Create() };
        string[] all = ["report", .. service is null ? [] : new[] { "--url", service.Urls.First() }, .. arguments];
        var invocation = new InvocationConfiguration { Output = output, Error = error };
        var code = await command.Parse(all).InvokeAsync(invocation, ReconciliationWorld.Stop);
        return (code, output.ToString(), error.ToString());
    }
}

public sealed class ReportCommandOnSqliteTests(RedisFixture redis) : ReportCommandTests(redis, null);

public sealed class ReportCommandOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : ReportCommandTests(redis, postgres);
