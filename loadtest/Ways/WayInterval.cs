using System.Diagnostics;
using System.Net;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Ways;

/// <summary>The results of one interval.</summary>
/// <param name="Won">Grabs that won a share.</param>
/// <param name="Failed">Grabs without a valid answer, or refused.</param>
/// <param name="DrainSeconds">From the last grab until the ledger had everything.</param>
/// <param name="CpuSeconds">CPU time over grab and drain, of the service and of each server.</param>
/// <param name="LedgerState">What the report or the ledger says about its state.</param>
internal sealed record IntervalFacts(
    long Won, long Failed, double DrainSeconds, IReadOnlyDictionary<string, double> CpuSeconds, LossCount Loss, string LedgerState,
    bool IsLedgerComplete, IReadOnlyList<Failure> Failures);

/// <summary>
/// Measures one way for one interval. Each interval has new servers and packets, so that no interval affects another.
/// In a round, each way gets the same grabs.
/// </summary>
internal sealed class WayInterval(
    WaysOptions options, Way way, int round, WayServers servers, Victim? victim, CancellationToken stop)
{
    private const int KillsOfService = 4;

    private static readonly GeneratorLimits s_limits = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);
    private readonly Callers _callers = Callers.ByHeader(WaysOptions.Users);
    private readonly PacketIds _packets = new(options.Packets, options.Shares, options.AmountFen);
    private readonly GrabRecord _record = new();
    private readonly Failures _failures = new();

    /// <summary>Runs the interval and measures it with the meter.</summary>
    public async Task<IntervalFacts> Run(Meter meter)
    {
        using var folder = new Folder("ways");
        await using var started = await StartedWay.Start(way, folder, servers, repair: victim is null, stop);
        var target = new IPEndPoint(IPAddress.Loopback, started.Address.Port);
        using var generator = await Generator.Open([target], options.Connections, s_limits);
        if (options.Warmup > TimeSpan.Zero)
            await WarmUp(generator, started);
        await Send(generator, started, _packets);
        var processors = new ProcessorLog([new Watched("service", started.ProcessId), .. servers.Watched]);
        var (wonBefore, failedBefore) = (meter.Count(RequestOutcome.Won), Failed(meter));
        await Grab(generator, started, meter);
        var drain = Stopwatch.StartNew();
        var isDrained = await started.Drained(options.DrainLimit, stop);
        var seconds = drain.Elapsed.TotalSeconds;
        processors.Mark("all");
        RecordedShare[] rows = [.. started.Rows(_packets, _callers)];
        var check = MoneyCheck.Of(_record, rows, "ledger", _packets, _callers);
        var neverRecorded = servers.Redis is { } redis
            ? await GrantedShares.NeverRecorded(way, redis.ConnectionString, _packets, rows, _record.Wins, _callers)
            : 0;
        var (state, isComplete) = await started.LedgerState(check, TimeSpan.FromSeconds(10));
        var cpu = processors.Names.Where(name => name != ProcessorLog.Generator)
            .ToDictionary(name => name, name => processors.Seconds(name, "all"));
        return new IntervalFacts(
            meter.Count(RequestOutcome.Won) - wonBefore, Failed(meter) - failedBefore, seconds, cpu,
            LossCount.Of(check, neverRecorded, isDrained), state, isComplete, _failures.All);
    }

    // On packets that are not measured, so that these are full.
    private async Task WarmUp(Generator generator, StartedWay started)
    {
        var packets = new PacketIds(options.Packets, options.Shares, options.AmountFen);
        await Send(generator, started, packets);
        var traffic = Traffic(started, seed: 1000 + round, packets, new GrabRecord());
        await generator.Run(traffic, Schedule.Closed, options.Warmup, new Meter(TimeSpan.FromSeconds(1)), stop);
        await MustDrain(started, "the warm-up");
    }

    private async Task Send(Generator generator, StartedWay started, PacketIds packets)
    {
        var sends = new SendTraffic(packets, _callers, _failures, $"{Guid.NewGuid():N}", started.Address.Authority);
        await generator.Run(sends, Schedule.Closed, s_longest, new Meter(TimeSpan.FromSeconds(1)), stop);
        stop.ThrowIfCancellationRequested();
        var first = _failures.All is [var failure, ..] ? failure.What : "no answers";
        if (packets.Made < packets.Count)
            throw new TargetException($"Only {packets.Made} of {packets.Count} packets could be sent to '{way.Key}' ({first}). "
                + "Send fewer with --packets.");
        await MustDrain(started, "the sends");
    }

    private async Task MustDrain(StartedWay started, string what)
    {
        if (!await started.Drained(options.DrainLimit, stop) && !stop.IsCancellationRequested)
            throw new TargetException($"'{way.Key}' has not recorded {what} in time. Give it more with --drain-limit.");
    }

    private async Task Grab(Generator generator, StartedWay started, Meter meter)
    {
        var traffic = Traffic(started, seed: round, _packets, _record);
        if (victim is not { } killed)
        {
            await generator.Run(traffic, Schedule.Closed, options.Duration, meter, stop);
            return;
        }
        // The grabs go on until what was killed is back, and a while longer.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var grabs = generator.Run(traffic, Schedule.Closed, s_longest, meter, over.Token);
        try
        {
            var kills = killed == Victim.Service ? KillsOfService : 1;
            for (var n = 0; n < kills; n++)
            {
                await Task.Delay(options.Duration / (kills + 1), stop);
                await (killed == Victim.Service ? started.Restart(options.Down) : servers.Restart(killed, options.Down));
            }
            await Task.Delay(options.Duration / (kills + 1), stop);
        }
        finally
        {
            await over.CancelAsync();
            await grabs;
        }
    }

    private GrabTraffic Traffic(StartedWay started, int seed, PacketIds packets, GrabRecord record)
    {
        // All users after one another for one packet: else half of them would ask again before it is empty.
        RequestPattern pattern = options.Packets == 1
            ? new HotPattern(seed, 1, WaysOptions.Users, options.Shares)
            : new EvenPattern(seed, options.Packets, WaysOptions.Users);
        return new GrabTraffic(pattern, packets, _callers, record, _failures, started.Address.Authority);
    }

    private static long Failed(Meter meter) => meter.Count(RequestOutcome.Failed) + meter.Count(RequestOutcome.Refused);
}
