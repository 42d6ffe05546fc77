using System.Globalization;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The page of the report: drill-down to one share, exports, repair and replay.</summary>
[Collection(PageTests.Name)]
[Needs("browser")]
public sealed partial class ConsistencyPageTests(PageHost host)
{
    private const string Refuse = """
        CREATE TRIGGER refuse BEFORE INSERT ON transfers WHEN NEW.kind = 2 AND NEW.amount_fen = 4711
        BEGIN SELECT RAISE(ABORT, 'refused by a test'); END
        """;

    [Fact]
    public async Task DrillDown_LeadsFromAllPacketsToTheTimelineOfOneShare()
    {
        await using var visit = await Operator("reader");
        var packetId = await Grabbed(visit, "1.00", 2);
        await visit.Go("/ops/consistency");
        await Expect(visit.Page.Locator("[data-rule]")).ToHaveCountAsync(10);
        await Expect(visit.Page.Locator("[data-sum=granted]").First).Not.ToHaveTextAsync("–");

        await visit.Page.Locator("[name=packetId]").FillAsync(packetId);
        await visit["find-packet"].ClickAsync();
        await visit["claim-line"].First.ClickAsync();

        await Expect(visit["timeline"].Locator(".reached")).ToHaveCountAsync(3);
        await Expect(visit["timeline"]).ToContainTextAsync("reader");
        await Expect(visit["trace"]).ToHaveTextAsync(TraceId());
        // Settlement adds the later times after the ledger has the share.
        await Eventually.Holds(async () =>
        {
            await visit.Page.ReloadAsync();
            await Expect(visit["request-trace"]).ToHaveTextAsync(TraceId());
            return await visit["waterfall"].Locator("[data-stage] rect").CountAsync() == 8;
        });
        await visit["all-claims"].ClickAsync();
        await Expect(visit["claims"]).ToBeVisibleAsync();
        await visit.Page.GoBackAsync();
        await Expect(visit["timeline"]).ToBeVisibleAsync();
        await visit["all-packets"].ClickAsync();
        await visit["packet-line"].First.ClickAsync();
        await Expect(visit["claim-line"]).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task SumsAndRules_HaveReadableNames()
    {
        await using var visit = await Operator("reader");
        await visit.Open("/ops/consistency");
        await Expect(visit.Page.Locator("[data-rule]")).ToHaveCountAsync(10);

        // A sum or rule without a text would show its key or its id.
        var rules = await visit.Page.Locator("[data-rule] strong").AllTextContentsAsync();
        var sums = await visit.Page.Locator(".sums dt").AllTextContentsAsync();
        Assert.DoesNotContain(rules, name => name.Contains('_', StringComparison.Ordinal));
        Assert.DoesNotContain(sums, name => name.StartsWith("sum.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LongLists_HavePages()
    {
        await using var visit = await Operator("pager");
        await visit.Open("/");
        var packetId = await visit.Page.EvaluateAsync<string>("""
            async () => {
              const post = (path, body, headers) => fetch(path, { method: 'POST',
                headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) }).then(answer => answer.json());
              const send = (key, count) =>
                post('/api/v1/packets', { kind: 'equal', amountFen: count, count, greeting: '' }, { 'Idempotency-Key': key });
              await Promise.all([...Array(100).keys()].map(n => send(`page-${n}`, 1)));
              const { packetId } = await send('page-of-claims', 120);
              await post('/demo/robots', { packetId, robots: 120, userPrefix: 'page' });
              return packetId;
            }
            """);
        await visit.Go("/ops/consistency");
        await Expect(visit["packet-line"]).ToHaveCountAsync(50);
        var first = await visit["packet-line"].First.InnerTextAsync();
        await Expect(visit["position-packets"]).ToHaveTextAsync(Position(1, 50));
        await visit["next-packets"].ClickAsync();
        await Expect(visit.Page).ToHaveURLAsync(After());
        await Expect(visit["position-packets"]).ToHaveTextAsync(Position(51, 100));
        await Expect(visit["packet-line"].First).Not.ToHaveTextAsync(first);
        await visit["previous-packets"].ClickAsync();
        await Expect(visit["packet-line"].First).ToHaveTextAsync(first);
        await Expect(visit["previous-packets"]).ToBeDisabledAsync();

        await visit.Go($"/ops/consistency?packetId={packetId}");
        await Expect(visit["claim-line"]).ToHaveCountAsync(50);
        await visit["next-claims"].ClickAsync();
        await visit["next-claims"].ClickAsync();
        await Expect(visit["claim-line"]).ToHaveCountAsync(20);
        await Expect(visit["position-claims"]).ToHaveTextAsync("101–120 of 120");
        await Expect(visit["next-claims"]).ToBeDisabledAsync();
        await visit["previous-claims"].ClickAsync();
        await Expect(visit["position-claims"]).ToHaveTextAsync("51–100 of 120");
    }

    private static Regex Position(int first, int last) =>
        new(string.Create(CultureInfo.InvariantCulture, $"^{first}–{last} of [0-9,]+$"), RegexOptions.None, TimeSpan.FromSeconds(1));

    [Fact]
    public async Task Report_IsComputedOnRequest_FilteredByKind_AndKeptInTheHistory()
    {
        await using var visit = await Operator("computer");
        await visit.Open("/ops/consistency");
        await Expect(visit["history"]).ToHaveAttributeAsync("data-reports", Some());
        var before = await visit["report-asof"].InnerTextAsync();
        var newest = visit["kept-report"].First.Locator("time");
        var kept = await newest.GetAttributeAsync("datetime");

        await visit.Page.Locator("[name=full]").CheckAsync();
        await visit["compute"].ClickAsync();

        await Expect(visit["report-asof"]).Not.ToHaveTextAsync(before);
        await Expect(visit["rules"]).ToContainTextAsync("all rows from the first");
        // A report is kept soon after it is answered.
        await Eventually.Holds(async () =>
        {
            await visit["compute"].ClickAsync();
            return await newest.GetAttributeAsync("datetime") != kept;
        }, what: "a newer report is kept");
        string[] kinds = ["in_flight", "missing_in_ledger", "orphan_in_ledger", "amount_mismatch", "duplicate", "parked", "all"];
        foreach (var kind in kinds)
        {
            await visit[$"kind-{kind}"].ClickAsync();
            await Expect(visit[$"kind-{kind}"]).ToHaveAttributeAsync("aria-pressed", "true");
        }
    }

    [Theory]
    [InlineData("json", "\"verdict\"")]
    [InlineData("csv", "line,")]
    [InlineData("html", "<!doctype html>")]
    public async Task Export_SavesTheReport(string format, string start)
    {
        await using var visit = await Operator("exporter");
        await visit.Open("/ops/consistency");

        var download = await visit.Page.RunAndWaitForDownloadAsync(() => visit[$"export-{format}"].ClickAsync());

        Assert.Matches($@"^consistency-\d{{4}}-\d\d-\d\dT\d{{4}}Z\.{format}$", download.SuggestedFilename);
        var text = await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        Assert.Contains(start, text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task LostEntry_IsReported_ShownByADryRun_AndRestored()
    {
        await using var visit = await Operator("repairer");
        await visit.Send("7.00", 3);
        await visit.Page.EvaluateAsync("""
            () => fetch('/demo/faults/entry-lost',
              { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"seconds":60}' })
            """);
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        await visit.Go("/ops/consistency");
        await Eventually.Holds(async () =>
        {
            await visit["compute"].ClickAsync();
            return await visit.Page.Locator("tr[data-kind=missing_in_ledger]").CountAsync() == 1;
        });
        await Expect(visit["causes"].Locator("[data-cause=rule_fails]")).ToHaveTextAsync(
            "This rule fails: Every share granted is in flight, settled or parked.");
        await visit["kind-orphan_in_ledger"].ClickAsync();
        await Expect(visit.Page.Locator("tr[data-kind]")).ToHaveCountAsync(0);
        await visit["kind-missing_in_ledger"].ClickAsync();
        await Expect(visit.Page.Locator("tr[data-kind]")).ToHaveCountAsync(1);
        await Expect(visit["verdict"].First).ToHaveAttributeAsync("data-verdict", "INCONSISTENT");

        await visit["repair-dry"].ClickAsync();
        await Expect(visit["repair-result"]).ToHaveAttributeAsync("data-found", "1");
        await Expect(visit["repair-result"]).ToHaveAttributeAsync("data-issued", "0");
        await visit["repair-do"].ClickAsync();

        await Expect(visit["repair-result"]).ToHaveAttributeAsync("data-issued", "1");
        await Recomputed(visit, "CONSISTENT");
        await Expect(visit["recoveries"].Locator("tr[data-action=repair]").First).ToContainTextAsync("repairer");
    }

    [Fact]
    public async Task ParkedEntries_AreReplayed_OneAndAll()
    {
        await using var visit = await Operator("parker");
        DirectReaders.Execute(host.Ledger, Refuse);
        try
        {
            foreach (var _ in Enumerable.Range(0, 3))
                await Grabbed(visit, "47.11", 1);
            await visit.Open("/ops/consistency");
            await Recomputed(visit, "INCONSISTENT");
            await Eventually.Holds(async () =>
            {
                await visit["compute"].ClickAsync();
                return await visit["parked"].GetAttributeAsync("data-total") == "3";
            });
        }
        finally
        {
            DirectReaders.Execute(host.Ledger, "DROP TRIGGER refuse");
        }

        await visit["parked"].Locator("[data-test^=replay-]:is(button)").First.ClickAsync();
        await Expect(visit["replay-result"]).ToContainTextAsync("1 replayed, 0 skipped");
        await Eventually.Holds(async () =>
        {
            await visit["compute"].ClickAsync();
            return await visit["parked"].GetAttributeAsync("data-total") == "2";
        });
        await visit["replay-all"].ClickAsync();
        await Expect(visit["replay-result"]).ToContainTextAsync("2 replayed, 0 skipped");
        await Recomputed(visit, "CONSISTENT");
        await Expect(visit["parked"]).ToHaveAttributeAsync("data-total", "0");
    }

    private async Task<Visit> Operator(string name)
    {
        var visit = await host.Visit();
        await visit.SignIn(name, asOperator: true);
        return visit;
    }

    private static async Task<string> Grabbed(Visit visit, string amount, int count)
    {
        var packetId = await visit.Send(amount, count);
        await visit["open"].ClickAsync();
        await Expect(visit["my-share"]).ToBeVisibleAsync();
        return packetId;
    }

    private static Task Recomputed(Visit visit, string verdict) => Eventually.Holds(async () =>
    {
        await visit["compute"].ClickAsync();
        return await visit["verdict"].First.GetAttributeAsync("data-verdict") == verdict;
    }, what: $"the report says {verdict}");

    [GeneratedRegex("after=")]
    private static partial Regex After();

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex TraceId();

    [GeneratedRegex("^[1-9]")]
    private static partial Regex Some();
}
