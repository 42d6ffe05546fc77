using System.Net;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>What a turn found.</summary>
/// <param name="Answers">Grabs with an answer that is no failure.</param>
/// <param name="Failed">Grabs with none, or with a wrong one or a refusal.</param>
/// <param name="CpuSeconds">Processor time over grab and drain: service, redis, rabbitmq.</param>
/// <param name="Books">What the report or the ledger says by itself.</param>
internal sealed record IntervalFacts(long Answers, long Failed, IReadOnlyDictionary<string, double> CpuSeconds, LossCount Loss, string Books, bool BooksAreWell, IReadOnlyList<Failure> Failures);

/// <summary>One turn of one way: a Redis, a ledger and packets of its own, so that no turn pays for another; the same grabs for each way of a round.</summary>
internal sealed class BaselineInterval(BaselinesOptions options, string letter, int round, RabbitServer? rabbit, bool kill, CancellationToken stop)
{
    private static readonly GeneratorLimits s_limits = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));
    private static readonly TimeSpan s_sendLimit = TimeSpan.FromMinutes(10);
    private readonly Callers _callers = Callers.ByHeader(BaselinesOptions.Users);
    private readonly PacketIds _packets = new(options.Packets, BaselinesOptions.Shares, BaselinesOptions.AmountFen);
    private readonly GrabRecord _record = new();
    private readonly Failures _failures = new();

    /// <summary>Runs it. What is measured goes into the meter.</summary>
    public async Task<IntervalFacts> Run(Meter meter)
    {
        using var folder = new Folder("ways");
        await using var redis = new RedisServer("everysec");
        await redis.Start();
        await using var way = await Baseline.Start(letter, folder, redis, rabbit, repair: !kill, stop);
        using var generator = await Generator.Open([new IPEndPoint(IPAddress.Loopback, way.Address.Port)], options.Connections, s_limits);
        await Send(generator, way);
        if (options.Warmup > TimeSpan.Zero)
        {
            await generator.Run(Traffic(way, seed: 1000 + round), Schedule.Closed, options.Warmup, new Meter(TimeSpan.FromSeconds(1)), stop);
            await way.Drained(options.DrainLimit);
        }
        var processors = new ProcessorLog(Watched(way, redis));
        var (before, failedBefore) = (meter.Answers, Failed(meter));
        await Grab(generator, way, meter);
        var drained = await way.Drained(options.DrainLimit);
        processors.Mark("all");
        var failed = Failed(meter) - failedBefore;
        var check = MoneyCheck.Of(_record, way.Rows(_packets, _callers), "ledger", _packets, _callers);
        var (books, well) = await way.Books(check.Won, TimeSpan.FromSeconds(10));
        var cpu = processors.Names.Where(name => name != ProcessorLog.Generator).ToDictionary(name => name, name => processors.Seconds(name, "all"));
        return new IntervalFacts(meter.Answers - before - failed, failed, cpu, LossCount.Of(check, drained), books, well, _failures.All);
    }

    private async Task Send(Generator generator, Baseline way)
    {
        var sends = new SendTraffic(_packets, _callers, _failures, $"{Guid.NewGuid():N}", way.Address.Authority);
        await generator.Run(sends, Schedule.Closed, s_sendLimit, new Meter(TimeSpan.FromSeconds(1)), stop);
        stop.ThrowIfCancellationRequested();
        var first = _failures.All is [var failure, ..] ? failure.What : "no answers";
        if (_packets.Made < _packets.Count)
            throw new TargetException($"Only {_packets.Made} of {_packets.Count} packets could be sent to way {letter} ({first}). --packets sends fewer.");
        await way.Drained(options.DrainLimit);
    }

    private async Task Grab(Generator generator, Baseline way, Meter meter)
    {
        var grabs = generator.Run(Traffic(way, seed: round), Schedule.Closed, options.Duration, meter, stop);
        if (kill)
        {
            await Task.Delay(options.Duration / 2, CancellationToken.None);
            await rabbit!.Restart();
        }
        await grabs;
    }

    private GrabTraffic Traffic(Baseline way, int seed) => new(new EvenPattern(seed, options.Packets, BaselinesOptions.Users), _packets, _callers, _record, _failures, way.Address.Authority);

    private List<Watched> Watched(Baseline way, RedisServer redis)
    {
        List<Watched> watched = [new Watched("service", way.ProcessId), new Watched("redis", redis.Id)];
        if (rabbit is not null)
            watched.Add(new Watched("rabbitmq", rabbit.Id));
        return watched;
    }

    private static long Failed(Meter meter) => meter.Count(RequestOutcome.Failed) + meter.Count(RequestOutcome.Refused);
}
