using System.Text.Json;
using static Microsoft.Playwright.Assertions;

namespace RedPacket.Tests.Pages;

/// <summary>The scripts of the operations page compute figures from samples, in the browser that shows them.</summary>
[Collection(PacketPages.Name)]
[Needs("browser")]
public sealed class ScriptTests(PageHost host)
{
    /// <summary>
    /// Makes samples of [second, granted/s, outbox, lag in s, verdict]; fault: its start and end in s.
    /// </summary>
    private const string Samples = """
        (rows, fault) => rows.map(([second, granted, outbox, lag, verdict]) => ({
          time: second * 1000, rates: { granted, settled: 0 }, outbox, lagMs: lag * 1000, verdict: verdict ?? "CONVERGING",
          faults: fault && second >= fault[0] && second <= fault[1] + 3
            ? [{ id: "ledger-down", startedAt: new Date(fault[0] * 1000), endsAt: new Date(fault[1] * 1000) }] : [],
        }))
        """;

    [Theory]
    [InlineData("after the last grab", "[[1,9,4,0],[2,9,4,0],[3,0,4,1],[4,0,0,0]]", "null", "grab 2000")]
    [InlineData("grabs go on", "[[1,9,4,0],[2,9,4,0]]", "null", "")]
    [InlineData("nothing happened", "[[1,0,0,0],[2,0,0,0]]", "null", "")]
    [InlineData("the fault is active", "[[1,9,4,0],[2,9,9,1],[3,9,18,2]]", "[2,60]", "")]
    [InlineData("the backlog drains", "[[1,9,9,1],[2,9,18,2],[3,9,18,3],[4,9,9,2],[5,9,4,0.2]]", "[1,2]", "ledger-down 3000")]
    [InlineData("a crowd that stays longer", "[[1,9,9,1],[2,9,9,2],[3,9,4,0.2],[4,9,4,0.2],[90,0,0,0]]", "[1,2]", "ledger-down 1000")]
    [InlineData("an entry is missing", "[[1,9,0,0],[2,0,0,0,'INCONSISTENT'],[3,0,0,0,'INCONSISTENT'],[4,0,0,0]]", "null", "grab 3000")]
    public async Task Recovery_IsMeasuredFromTheEndOfTheFaultOrTheLastGrab(string why, string rows, string fault,
        string recovery)
    {
        await using var visit = await host.Visit();
        await visit.Open("/");

        var found = await visit.Page.EvaluateAsync<string>($$"""
            async () => {
              const { lastRecovery } = await import("/assets/js/flow-state.js");
              const found = lastRecovery(({{Samples}})({{rows}}, {{fault}}));
              return found ? `${found.fault ?? "grab"} ${found.ms}` : "";
            }
            """);

        Assert.True(recovery == found, $"{why}: {found}");
    }

    [Fact]
    public async Task Gap_BreaksTheLines()
    {
        await using var visit = await host.Visit();
        await visit.Open("/");

        var columns = await visit.Page.EvaluateAsync<JsonElement>($$"""
            async () => (await import("/assets/js/plots.js")).columns(({{Samples}})([[1,7,0,0],[2,7,0,0],[14,7,0,0]], null))
            """);

        Assert.Equal("[1,2,3,14]", columns.GetProperty("times").GetRawText());
        Assert.Equal("[7,7,null,7]", columns.GetProperty("granted").GetRawText());
    }

    [Theory]
    [InlineData("null", "–")]
    [InlineData("0.9284", "0.928")]
    [InlineData("9876", "9,876")]
    [InlineData("19981", "20 k")]
    [InlineData("999999", "1 M")]
    [InlineData("1234567", "1.23 M")]
    public async Task LargeCounts_AreShort(string number, string text)
    {
        await using var visit = await host.Visit();
        await visit.Open("/");

        Assert.Equal(text, await visit.Page.EvaluateAsync<string>(
            $"async () => (await import('/assets/js/money.js')).brief({number})"));
    }

    [Theory]
    [InlineData("en-GB", false)]
    [InlineData("zh-CN", false)]
    [InlineData("en-GB", true)]
    public async Task MillionsInTheDiagram_StayInTheirBoxes(string language, bool phone)
    {
        await using var visit = await host.Visit(language, phone: phone);
        await visit.Open("/ops");
        await Expect(visit["asof"]).ToHaveAttributeAsync("data-state", "live");

        // A sample of the future stays the latest one.
        await visit.Page.EvaluateAsync("""
            async () => {
              const { live } = await import("/assets/js/live.js");
              const n = 123456789;
              const one = (time) => ({ ...live.get().now, time, verdict: "CONVERGING", gate: "closed",
                bus: "down", ledger: "down", store: "down", outbox: n, queue: n, slow: n / 3, parked: n, rates: { granted: n, settled: 0 },
                totals: { granted: n, settled: n }, grabs: { perSecond: n, refused: n, p50Ms: 1, p99Ms: 2 } });
              const samples = [one(Date.now() + 600000), one(Date.now() + 601000)];
              live.set({ samples, now: samples[1] });
            }
            """);

        await Expect(visit["ledger-number"]).ToContainTextAsync("123 M");
        Assert.Empty(await visit.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll(".part")].flatMap((part) => {
              const box = part.querySelector(".box").getBBox();
              return [...part.querySelectorAll("text")].filter((text) => {
                const { x, width } = text.getBBox();
                return x < box.x || x + width > box.x + box.width;
              }).map((text) => `${part.dataset.part}: ${text.textContent}`);
            })
            """));
        Assert.Empty(await visit.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll(".part")].filter((part) => {
              const texts = [...part.querySelectorAll("text")].map((text) => text.getBBox());
              return texts.some((one, n) => texts.slice(n + 1).some((other) =>
                Math.abs(one.y - other.y) < 6 && one.x < other.x + other.width && other.x < one.x + one.width));
            }).map((part) => part.textContent)
            """));
    }
}
