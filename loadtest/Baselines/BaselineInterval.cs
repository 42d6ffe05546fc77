using System.Net;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>The results of one interval.</summary>
/// <param name="Answers">Grabs with a valid answer.</param>
/// <param name="Failed">Grabs without a valid answer, or refused.</param>
/// <param name="CpuSeconds">CPU time over grab and drain, of the service and of each server.</param>
/// <param name="LedgerState">What the report or the ledger says about its state.</param>
internal sealed record IntervalFacts(
    long Answers, long Failed, IReadOnlyDictionary<string, double> CpuSeconds, LossCount Loss, string LedgerState, bool IsLedgerComplete,
    IReadOnlyList<Failure> Failures);

/// <summary>
/// Measures one way for one interval. Each interval has a new Redis, ledger and packets, so that no interval affects
/// another. In a round, each way gets the same grabs.
/// </summary>
internal sealed class BaselineInterval(
    BaselinesOptions options, Way way, int round, WayServers servers, Victim? victim, CancellationToken stop)
{
    private const int KillsOfService = 4;

    private static readonly GeneratorLimits s_limits = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));
    private static readonly TimeSpan s_sendLimit = TimeSpan.FromMinutes(10);
    private readonly Callers _callers = Callers.ByHeader(BaselinesOptions.Users);
    private readonly PacketIds _packets = new(options.Packets, options.Shares, options.AmountFen);
    private readonly GrabRecord _record = new();
    private readonly Failures _failures = new();

    /// <summary>Runs the interval and measures it with the meter.</summary>
    public async Task<IntervalFacts> Run(Meter meter)
    {
        using var folder = new Folder("baselines");
        await using var baseline = await Baseline.Start(way, folder, servers, repair: victim is null, stop);
        var target = new IPEndPoint(IPAddress.Loopback, baseline.Address.Port);
        using var generator = await Generator.Open([target], options.Connections, s_limits);
        await Send(generator, baseline);
        if (options.Warmup > TimeSpan.Zero)
        {
            var warmup = Traffic(baseline, seed: 1000 + round);
            await generator.Run(warmup, Schedule.Closed, options.Warmup, new Meter(TimeSpan.FromSeconds(1)), stop);
            await baseline.Drained(options.DrainLimit);
        }
        var processors = new ProcessorLog([new Watched("service", baseline.ProcessId), .. servers.Watched]);
        var (answersBefore, failedBefore) = (meter.Answers, Failed(meter));
        await Grab(generator, baseline, meter);
        var drained = await baseline.Drained(options.DrainLimit);
        processors.Mark("all");
        var failed = Failed(meter) - failedBefore;
        RecordedShare[] rows = [.. baseline.Rows(_packets, _callers)];
        var check = MoneyCheck.Of(_record, rows, "ledger", _packets, _callers);
        var notRecorded = servers.Redis is { } redis
            ? await GrantedShares.NotRecorded(way, redis.ConnectionString, _packets, rows)
            : 0;
        var (state, isComplete) = await baseline.LedgerState(check.Won, TimeSpan.FromSeconds(10));
        var cpu = processors.Names.Where(name => name != ProcessorLog.Generator)
            .ToDictionary(name => name, name => processors.Seconds(name, "all"));
        return new IntervalFacts(meter.Answers - answersBefore - failed, failed, cpu, LossCount.Of(check, notRecorded, drained), state,
            isComplete, _failures.All);
    }

    private async Task Send(Generator generator, Baseline baseline)
    {
        var sends = new SendTraffic(_packets, _callers, _failures, $"{Guid.NewGuid():N}", baseline.Address.Authority);
        await generator.Run(sends, Schedule.Closed, s_sendLimit, new Meter(TimeSpan.FromSeconds(1)), stop);
        stop.ThrowIfCancellationRequested();
        var first = _failures.All is [var failure, ..] ? failure.What : "no answers";
        if (_packets.Made < _packets.Count)
            throw new TargetException($"Only {_packets.Made} of {_packets.Count} packets could be sent to '{way.Key}' ({first}). "
                + "Send fewer with --packets.");
        await baseline.Drained(options.DrainLimit);
    }

    private async Task Grab(Generator generator, Baseline baseline, Meter meter)
    {
        var traffic = Traffic(baseline, seed: round);
        if (victim is not { } killed)
        {
            await generator.Run(traffic, Schedule.Closed, options.Duration, meter, stop);
            return;
        }
        // The grabs go on until what was killed is back, and a while longer.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var grabs = generator.Run(traffic, Schedule.Closed, s_sendLimit, meter, over.Token);
        var kills = killed == Victim.Service ? KillsOfService : 1;
        for (var n = 0; n < kills; n++)
        {
            await Task.Delay(options.Duration / (kills + 1), CancellationToken.None);
            await (killed == Victim.Service ? baseline.Restart() : servers.Restart(killed));
        }
        await Task.Delay(options.Duration / (kills + 1), CancellationToken.None);
        await over.CancelAsync();
        await grabs;
    }

    private GrabTraffic Traffic(Baseline baseline, int seed)
    {
        var pattern = new EvenPattern(seed, options.Packets, BaselinesOptions.Users);
        return new GrabTraffic(pattern, _packets, _callers, _record, _failures, baseline.Address.Authority);
    }

    private static long Failed(Meter meter) => meter.Count(RequestOutcome.Failed) + meter.Count(RequestOutcome.Refused);
}
