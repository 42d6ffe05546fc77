using System.Diagnostics;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Ways;

/// <summary>RedPacket: the demo on a real Redis and RabbitMQ.</summary>
internal sealed class RedPacketProcess : StartedWay
{
    private readonly OwnDemo _demo;
    private readonly TargetApi _api;
    private readonly LiveStream _live;
    private readonly LedgerVerifier _ledger;

    private RedPacketProcess(OwnDemo demo, TargetApi api)
    {
        _demo = demo;
        _api = api;
        _live = new LiveStream(api);
        _ledger = new LedgerVerifier(demo.Ledger);
    }

    public override Uri Address => _demo.Addresses[0];

    public override int ProcessId => _demo.Watched[0].Id;

    /// <summary>
    /// Starts the demo and waits until it takes grabs. Without <paramref name="repair"/> the service restores nothing,
    /// so the counts show losses as they are.
    /// </summary>
    public static async Task<StartedWay> Start(WayServers servers, bool repair, CancellationToken stop)
    {
        var settings = new Dictionary<string, string>();
        if (!repair)
            settings["Reconciliation:Repair"] = "false";
        var options = new DemoOptions(
            false, "everysec", servers.Redis!.ConnectionString, servers.Rabbit!.ConnectionString, servers.Database, 1, settings);
        var demo = await OwnDemo.Start(options, _ => { });
        var api = new TargetApi(demo.Addresses[0], demo.Addresses[0], Callers.ByHeader(1).Operator(null));
        await api.Ready(demo.Addresses[0], TimeSpan.FromSeconds(60), _ => { }, stop);
        return new RedPacketProcess(demo, api);
    }

    public override Task Restart(TimeSpan down) => _demo.Restart(down);

    public override async Task<bool> Drained(TimeSpan limit, CancellationToken stop)
    {
        var (from, watch) = (TimeProvider.System.GetUtcNow(), Stopwatch.StartNew());
        while (watch.Elapsed < limit && !stop.IsCancellationRequested)
        {
            if (_live.Last is { Outbox: 0 } point && point.At >= from)
                return true;
            await Task.Delay(50, CancellationToken.None);
        }
        return false;
    }

    public override IEnumerable<RecordedShare> Rows(PacketIds packets, Callers callers) =>
        _ledger.Read(0, packets, callers);

    public override async Task<(string Text, bool IsComplete)> LedgerState(MoneyCheck check, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var verdict = await _api.Report(CancellationToken.None);
            var isConsistent = verdict.Word == ReportVerdict.Consistent;
            if (isConsistent || watch.Elapsed > limit)
            {
                var settled = $"{Format.Number(verdict.Settled)} of {Format.Number(verdict.Granted)} settled";
                return ($"{verdict.Word}, {settled}, {Format.Number(verdict.Missing)} missing", isConsistent);
            }
            await Task.Delay(250, CancellationToken.None);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _live.DisposeAsync();
        _api.Dispose();
        await _demo.DisposeAsync();
    }
}
