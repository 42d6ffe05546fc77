using System.Globalization;
using System.Text.Json;
using RedPacket.Tests.Contract;

namespace RedPacket.Tests.Demo;

/// <summary>
/// Each fault of <c>/demo/faults</c> on a real demo under a real crowd: it begins, takes effect and ends, and no share
/// is lost.
/// </summary>
[Needs("servers")]
public sealed class FaultTests(DemoProcess demo) : IClassFixture<DemoProcess>, IAsyncLifetime
{
    private LiveWatch _live = null!;
    private long _before;

    private ApiClient Api => demo.Api;

    public async ValueTask InitializeAsync()
    {
        _before = Granted(await Api.Consistent());
        _live = new LiveWatch(Api.Address);
        Assert.Equal(200, (await Api.PostAsOperator("/demo/crowds", """{"perSecond":60,"seconds":900,"packets":100}""")).Status);
        await _live.Sees("the crowd grabs", sample => Number(sample, "grabs", "perSecond") > 0);
    }

    public ValueTask DisposeAsync() => _live.DisposeAsync();

    [Fact]
    public async Task LedgerDown_GrabsGoOn_AndTheOutboxDrainsAfterwards()
    {
        await Begin("ledger-down", 300);
        await _live.Sees("the ledger is down and the outbox grows", live =>
            live.GetProperty("ledger").GetString() == "down" && Number(live, "outbox") > 100 && Number(live, "grabs", "perSecond") > 10);
        await EndEarly("ledger-down");
        await Settles("ledger-down");
    }

    [Fact]
    public async Task LedgerFailing_FailedEntriesAreRetriedInTheSlowLane()
    {
        await Begin("ledger-failing", 300);
        await _live.Sees("some entries go by the slow lane, others are settled",
            live => Number(live, "slow") > 0 && Number(live, "rates", "settled") > 0);
        await EndEarly("ledger-failing");
        await Settles("ledger-failing");
    }

    [Fact]
    public async Task BrokerAwayAndWorkerHung_NothingIsSettledUntilTheyEnd()
    {
        await Begin("broker-away", 300);
        var down = await _live.Sees("the bus is down and the outbox grows",
            live => live.GetProperty("bus").GetString() == "down" && Number(live, "outbox") > 60);
        await EndEarly("broker-away");
        await _live.Sees("the outbox drains",
            live => live.GetProperty("bus").GetString() == "up" && Number(live, "outbox") < Number(down, "outbox"));
        await Begin("worker-hung", 300);
        await _live.Sees("all is up, and nothing is settled", live => live.GetProperty("bus").GetString() == "up"
            && live.GetProperty("ledger").GetString() == "up"
                && Number(live, "rates", "settled") == 0 && Number(live, "rates", "granted") > 0);
        await EndEarly("worker-hung");
        await Settles("broker-away", "worker-hung");
    }

    [Fact]
    public async Task DuplicateReorderedAndLostEntries_AreSettledOnce()
    {
        var (duplicates, overtakes) = (await Duplicates(), Overtakes());
        await Begin("deliveries-twice", 300);
        await Begin("entry-lost", 60);
        await Eventually.Holds(async () => await Duplicates() > duplicates, what: "messages come twice");
        // One after the other: together they were not seen to change the order.
        await EndEarly("deliveries-twice");
        await Begin("deliveries-out-of-order", 300);
        await Eventually.Holds(() => Overtakes() > overtakes, what: "later grants are in the ledger before earlier ones");
        await EndsWhenItsTimeIsOver("entry-lost");
        await EndEarly("deliveries-out-of-order");
        // It is begun anew, and ends after its time.
        await Begin("deliveries-twice", 1);
        await EndsWhenItsTimeIsOver("deliveries-twice");
        await Eventually.Holds(async () => (await Api.Report()).GetProperty("healed").EnumerateArray()
            .Any(healed => healed.GetProperty("action").GetString() == "repair"), what: "repair has put the entry back");
        await Settles("deliveries-twice", "deliveries-out-of-order", "entry-lost");
    }

    [Fact]
    public async Task KilledProcess_Restarts_AndRepeatsItsAnswers()
    {
        var packet = await Api.Packet(amountFen: 100_000, count: 1000);
        var answers = new Dictionary<string, byte[]>();
        for (var user = 0; user < 20; user++)
            answers[$"kept{user}"] = (await Api.Grab(packet, string.Create(CultureInfo.InvariantCulture, $"kept{user}"))).Bytes;
        var id = demo.ProcessId;
        await Begin("api-killed", 60);
        await Eventually.Holds(
            () => demo.Output.Contains("Killed by the fault api-killed", StringComparison.Ordinal),
            what: "it dies at a grab");
        var report = await Api.Consistent();
        Assert.Equal(id, demo.ProcessId);
        Assert.True(demo.IsRunning);
        Assert.Equal("false", (await Api.GetAsOperator("/demo/crowds"))["running"].ToLowerInvariant());
        foreach (var (user, before) in answers)
        {
            var again = await Api.Grab(packet, user);
            Assert.True(again.Replayed && before.AsSpan().SequenceEqual(again.Bytes), $"{user}: {again}");
        }

        Assert.True(Granted(report) >= _before + answers.Count, report.ToString());
        await using var after = new LiveWatch(Api.Address);
        await Eventually.Holds(
            () => after.Samples.Any(sample => Ids(sample).Contains("api-killed")),
            what: "the plots are told why there is a gap");
    }

    private async Task Begin(string id, int seconds)
    {
        var answer = await Api.PostAsOperator(
            $"/demo/faults/{id}",
            string.Create(CultureInfo.InvariantCulture, $$"""{"seconds":{{seconds}}}"""));
        Assert.True(answer.Status == 200, answer.ToString());
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            answer.Json.GetProperty("endsAt").GetDateTimeOffset() - answer.Json.GetProperty("startedAt").GetDateTimeOffset());
    }

    private async Task EndEarly(string id)
    {
        Assert.True(await IsActive(id), id);
        var answer = await Api.Call(
            HttpMethod.Delete, $"/demo/faults/{id}", "olga",
            asOperator: true, null, ("Sec-Fetch-Site", "same-origin"));
        Assert.True(answer.Status == 200 && !answer.Json.GetProperty("active").GetBoolean(), answer.ToString());
    }

    private Task EndsWhenItsTimeIsOver(string id) =>
        Eventually.Holds(async () => !await IsActive(id), what: $"{id} ends");

    private async Task<bool> IsActive(string id) => (await Api.GetAsOperator("/demo/faults")).Json.GetProperty("faults").EnumerateArray()
        .Single(fault => fault.GetProperty("id").GetString() == id).GetProperty("active").GetBoolean();

    // Stops the crowd and checks that everything drains, that no confirmed share is lost, and that every fault was
    // marked.
    private async Task Settles(params string[] faults)
    {
        await Api.Call(HttpMethod.Delete, "/demo/crowds", "olga", asOperator: true, ApiClient.Json("{}"));
        var crowd = (await Eventually.Yields(
            () => Api.GetAsOperator("/demo/crowds"), answer => !answer.Json.GetProperty("running").GetBoolean())).Json;
        var report = await Api.Consistent();
        Assert.Equal(Granted(report), report.GetProperty("claims").GetProperty("settled").GetInt64());
        Assert.Equal(0, crowd.GetProperty("failed").GetInt64());
        Assert.Equal(crowd.GetProperty("won").GetInt64(), Granted(report) - _before);
        await _live.Sees("the verdict is back", live =>
            live.GetProperty("verdict").GetString() == "CONSISTENT"
                && live.GetProperty("consistentForMs").ValueKind == JsonValueKind.Number);
        Assert.All(faults, fault => Assert.Contains(_live.Samples, sample => Ids(sample).Contains(fault)));
    }

    /// <summary>Null if the number is unknown. Every comparison with null is false.</summary>
    private static double? Number(JsonElement sample, params string[] path)
    {
        foreach (var member in path)
            sample = sample.GetProperty(member);
        return sample.ValueKind == JsonValueKind.Number ? sample.GetDouble() : null;
    }

    private static IEnumerable<string?> Ids(JsonElement sample) =>
        sample.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("id").GetString());

    private static long Granted(JsonElement report) => report.GetProperty("claims").GetProperty("granted").GetInt64();

    private async Task<double> Duplicates() => (await Api.Get("/metrics", null)).Text.Split('\n')
        .Where(line => line.StartsWith("redpacket_settlement_entries", StringComparison.Ordinal)
            && line.Contains("outcome=\"duplicate\"", StringComparison.Ordinal))
        .Sum(line => double.Parse(line.Split(' ')[^2].Contains('}', StringComparison.Ordinal)
            ? line.Split(' ')[^1]
            : line.Split(' ')[^2],
            CultureInfo.InvariantCulture));

    // Neighbouring transfers whose order in the ledger is clearly not the order of granting.
    private long Overtakes() => DirectReaders.Number($"Data Source={Path.Combine(demo.DataDirectory, "ledger.db")}",
        "SELECT count(*) FROM transfers a JOIN transfers b ON b.id = a.id + 1 WHERE a.granted_at > b.granted_at + 15");
}
