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
/// <param name="CpuSeconds">CPU time over grab and drain of service, redis and rabbitmq.</param>
/// <param name="LedgerState">What the report or the ledger says about its state.</param>
internal sealed record IntervalFacts(
    long Answers, long Failed, IReadOnlyDictionary<string, double> CpuSeconds, LossCount Loss, string LedgerState, bool IsLedgerComplete,
    IReadOnlyList<Failure> Failures);

/// <summary>
/// Measures one baseline for one interval. Each interval has a new Redis, ledger and packets, so that no interval
/// affects another. In a round, each baseline gets the same grabs.
/// </summary>
internal sealed class BaselineInterval(
    BaselinesOptions options, string letter, int round, RabbitServer? rabbit, bool kill, CancellationToken stop)
{
    private static readonly GeneratorLimits s_limits = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));
    private static readonly TimeSpan s_sendLimit = TimeSpan.FromMinutes(10);
    private readonly Callers _callers = Callers.ByHeader(BaselinesOptions.Users);
    private readonly PacketIds _packets = new(options.Packets, BaselinesOptions.Shares, BaselinesOptions.AmountFen);
    private readonly GrabRecord _record = new();
    private readonly Failures _failures = new();

    /// <summary>Runs the interval and measures it with the meter.</summary>
    public async Task<IntervalFacts> Run(Meter meter)
    {
        using var folder = new Folder("baselines");
        await using var redis = new RedisServer("everysec");
        await redis.Start();
        await using var baseline = await Baseline.Start(letter, folder, redis, rabbit, repair: !kill, stop);
        var target = new IPEndPoint(IPAddress.Loopback, baseline.Address.Port);
        using var generator = await Generator.Open([target], options.Connections, s_limits);
        await Send(generator, baseline);
        if (options.Warmup > TimeSpan.Zero)
        {
            var warmup = Traffic(baseline, seed: 1000 + round);
            await generator.Run(warmup, Schedule.Closed, options.Warmup, new Meter(TimeSpan.FromSeconds(1)), stop);
            await baseline.Drained(options.DrainLimit);
        }
        var processors = new ProcessorLog(Watched(baseline, redis));
        var (answersBefore, failedBefore) = (meter.Answers, Failed(meter));
        await Grab(generator, baseline, meter);
        var drained = await baseline.Drained(options.DrainLimit);
        processors.Mark("all");
        var failed = Failed(meter) - failedBefore;
        var check = MoneyCheck.Of(_record, baseline.Rows(_packets, _callers), "ledger", _packets, _callers);
        var (state, isComplete) = await baseline.LedgerState(check.Won, TimeSpan.FromSeconds(10));
        var cpu = processors.Names.Where(name => name != ProcessorLog.Generator)
            .ToDictionary(name => name, name => processors.Seconds(name, "all"));
        return new IntervalFacts(
            meter.Answers - answersBefore - failed, failed, cpu, LossCount.Of(check, drained), state, isComplete, _failures.All);
    }

    private async Task Send(Generator generator, Baseline baseline)
    {
        var sends = new SendTraffic(_packets, _callers, _failures, $"{Guid.NewGuid():N}", baseline.Address.Authority);
        await generator.Run(sends, Schedule.Closed, s_sendLimit, new Meter(TimeSpan.FromSeconds(1)), stop);
        stop.ThrowIfCancellationRequested();
        var first = _failures.All is [var failure, ..] ? failure.What : "no answers";
        if (_packets.Made < _packets.Count)
            throw new TargetException($"Only {_packets.Made} of {_packets.Count} packets could be sent to baseline {letter} ({first}). "
                + "Send fewer with --packets.");
        await baseline.Drained(options.DrainLimit);
    }

    private async Task Grab(Generator generator, Baseline baseline, Meter meter)
    {
        var grabs = generator.Run(Traffic(baseline, seed: round), Schedule.Closed, options.Duration, meter, stop);
        if (kill)
        {
            await Task.Delay(options.Duration / 2, CancellationToken.None);
            await rabbit!.Restart();
        }
        await grabs;
    }

    private GrabTraffic Traffic(Baseline baseline, int seed)
    {
        var pattern = new EvenPattern(seed, options.Packets, BaselinesOptions.Users);
        return new GrabTraffic(pattern, _packets, _callers, _record, _failures, baseline.Address.Authority);
    }

    private List<Watched> Watched(Baseline baseline, RedisServer redis)
    {
        List<Watched> watched = [new Watched("service", baseline.ProcessId), new Watched("redis", redis.Id)];
        if (rabbit is not null)
            watched.Add(new Watched("rabbitmq", rabbit.Id));
        return watched;
    }

    private static long Failed(Meter meter) => meter.Count(RequestOutcome.Failed) + meter.Count(RequestOutcome.Refused);
}
