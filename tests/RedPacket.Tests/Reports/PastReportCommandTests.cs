using System.CommandLine;
using System.Globalization;
using System.Text;
using RedPacket.Http;
using RedPacket.Reports;
using RedPacket.Reports.Commands;
using RedPacket.Reports.History;
using RedPacket.Tests.Http;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>The commands <c>report --as-of</c> and <c>report diff</c> against a running service.</summary>
[Needs("servers")]
public sealed class PastReportCommandTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly Tokens s_tokens = new();

    [Fact]
    public async Task KeptReport_IsPrinted_AndDiffSaysWhatChangedSince()
    {
        await using var service = await Service.Start(
            redis, null, "--Reconciliation:ReportEvery=00:00:00", "--Reconciliation:KeepReportEvery=00:00:00");
        await service.Send(1000, 10);
        var first = await service.Settles();
        var kept = service.Of<KeptReports>();
        await Eventually.Holds(async () => await kept.AsOf(first.AsOf, CancellationToken.None) is { Verdict: "CONSISTENT" });
        await service.Send(500, 5);
        await service.Settles();
        var then = WireTime.Text(first.AsOf);

        var past = await Run(service, "report", "--as-of", then);
        var diff = await Run(service, "report", "diff", "--from", then);
        var json = await Run(service, "report", "diff", "--from", then, "--to", then, "--format", "json");
        var csv = await Run(service, "report", "--as-of", then, "--format", "csv");

        Assert.Equal((0, 0, 0, 0), (past.Code, diff.Code, json.Code, csv.Code));
        Assert.Contains($"as of {then}", past.Output, StringComparison.Ordinal);
        Assert.Contains("¥10.00", past.Output, StringComparison.Ordinal);
        Assert.Contains("money.fundedFen  ¥10.00  ¥15.00   ¥5.00\n", diff.Output, StringComparison.Ordinal);
        Assert.Contains("\"numbers\":[],", json.Output, StringComparison.Ordinal);
        Assert.Contains(",money.fundedFen,1000,", csv.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingKept_SaysSo()
    {
        await using var service = await Service.Start(redis, null, "--Reconciliation:ReportEvery=00:00:00");

        var diff = await Run(service, "report", "diff", "--from", "2001-01-01");
        var past = await Run(service, "report", "--as-of", "2001-01-01");
        var word = await Run(service, "report", "--as-of", "yesterday");

        Assert.Equal((1, 1, 1), (diff.Code, past.Code, word.Code));
        Assert.All([diff, past], answer => Assert.Contains("No report was kept at 2001-01-01T00:00:00.000Z or before.", answer.Error,
            StringComparison.Ordinal));
        Assert.Contains("2026-01-31T08:00:00Z", word.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report", "diff")]
    [InlineData("report", "diff", "--from", "2026-01-01", "--format", "csv")]
    [InlineData("report", "--as-of", "2026-01-01", "--full")]
    [InlineData("report", "--as-of", "2026-01-01", "--wait", "3")]
    [InlineData("report", "--as-of", "2026-01-01", "--packet", "0-ffffffffffff40008000000000000000")]
    public void OptionsThatDoNotGoTogether_AreRefused(params string[] arguments) =>
        Assert.NotEmpty(new RootCommand { ReportCommand.Create() }.Parse(arguments).Errors);

    private static async Task<(int Code, string Output, string Error)> Run(Service service, params string[] arguments)
    {
        using StringWriter output = new(new StringBuilder()), error = new(new StringBuilder());
        string[] all =
        [
            .. arguments, "--url", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{service.Port}"),
            "--header", $"Authorization: {s_tokens.Bearer("olga", true)}",
        ];
        var invocation = new InvocationConfiguration { Output = output, Error = error };
        var code = await new RootCommand { ReportCommand.Create() }.Parse(all).InvokeAsync(
            invocation, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
