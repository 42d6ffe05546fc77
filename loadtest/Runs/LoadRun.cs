using System.Diagnostics;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Runs;

/// <summary>Runs the stages prepare, send, grab, drain and verdict, and puts the results into a document.</summary>
internal sealed class LoadRun(RunOptions options, Plan plan, RunView view, TimeProvider clock, CancellationToken stop)
{
    private const int MostAskedAgain = 20_000;
    private static readonly TimeSpan s_showEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_interruptedDrain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_catchUpLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_sendLimit = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_noopInterval = TimeSpan.FromSeconds(2);
    private readonly RunRecord _record = new() { StartedAt = clock.GetUtcNow() };
    private string _preparing = "";

    /// <summary>Runs all stages and stops everything it started.</summary>
    /// <exception cref="TargetException">The service cannot be measured.</exception>
    public async Task<ResultDocument> Execute()
    {
        ResultDocument? document = null;
        await view.Run(async () => document = await RunStages());
        return document!;
    }

    private async Task<ResultDocument> RunStages()
    {
        var watch = Stopwatch.StartNew();
        var preparing = RunEnvironment.Prepare(options, plan, message => _preparing = message, stop);
        await using var environment = await Watch(
            "prepare", preparing, () => new Progress("prepare", null, _preparing, CurrentRates.None, null));
        Done("prepare", watch, $"{environment.Facts.Version} at {environment.Facts.Urls[0]}");
        await Send(environment);
        if (!stop.IsCancellationRequested)
            await Grab(environment);
        await Drain(environment);
        await Judge(environment);
        var document = new ResultBuilder(options, plan, environment, _record).Build(stop.IsCancellationRequested);
        if (environment.Demo is not { } demo || (!options.KeepData && document.IsBalanced))
            return document;
        demo.KeepsData = true;
        return document with { Warnings = [.. document.Warnings, $"The demo's data is kept in {demo.DataFolder}"] };
    }

    private async Task Send(RunEnvironment environment)
    {
        var (packets, watch) = (environment.Packets, Stopwatch.StartNew());
        var run = $"{_record.StartedAt.ToUnixTimeMilliseconds():x}-{Environment.ProcessId:x}";
        var sends = new SendTraffic(packets, environment.Callers, environment.Failures, run, environment.Host);
        var meter = new Meter(TimeSpan.FromSeconds(1));
        environment.Processors.Mark("before");
        await Watch("send", environment.Generator.Run(sends, plan.Send, s_sendLimit, meter, stop), () => new Progress(
            "send", (double)packets.Made / packets.Count, $"{Format.Number(packets.Made)} of {Format.Number(packets.Count)} packets",
            meter.Current, environment.Live.Last));
        environment.Processors.Mark("send");
        _record.SendsPerSecond = packets.Made / Math.Max(watch.Elapsed.TotalSeconds, 0.001);
        var warmup = plan.WarmupPackets > 0 ? $" ({Format.Number(plan.WarmupPackets)} for the warm-up)" : "";
        Done("send", watch, $"{Format.Number(packets.Made)} packets of {Format.Number(plan.Shares)} shares{warmup}, "
            + $"{Format.Number(_record.SendsPerSecond)}/s");
        if (packets.Made < packets.Count && !stop.IsCancellationRequested)
        {
            var first = environment.Failures.All is [var failure, ..] ? $"{failure.What}: {failure.Sample}" : "no answers";
            throw new TargetException($"Only {packets.Made} of {packets.Count} packets could be sent ({first}). "
                + "See the service's log, or send fewer with --packets.");
        }
    }

    private async Task Grab(RunEnvironment environment)
    {
        var watch = Stopwatch.StartNew();
        if (plan.Warmup > TimeSpan.Zero)
        {
            var warmup = new Meter(TimeSpan.FromSeconds(1));
            await Measure(environment, plan.WarmupPattern(options), plan.WarmingUp, plan.Warmup, warmup,
                "warming up, not measured", () => watch.Elapsed / plan.Warmup);
        }
        environment.Processors.Mark("warmup");
        _record.GrabbedFrom = clock.GetUtcNow();
        if (options.Max is { } max)
            await SearchMax(environment, max);
        else
            await MeasureIntervals(environment);
        _record.GrabbedUntil = clock.GetUtcNow();
        environment.Processors.Mark("grab");
        var (answers, p99) = (_record.Meter.Answers, _record.Meter.Latency.Percentile(99) / 1000.0);
        Done("grab", watch, $"{Format.Number(answers)} answers, p99 {Format.Time(p99)}");
    }

    /// <summary>
    /// Measures the service. With the no-op endpoint it alternates between both, so that both meet the same machine
    /// load.
    /// </summary>
    private async Task MeasureIntervals(RunEnvironment environment)
    {
        _record.Meter = new Meter(PointLength(plan.Duration));
        var pattern = plan.Pattern(options);
        var isAlone = environment.NoopGenerator is null;
        var intervals = isAlone ? 1 : (int)Math.Clamp(plan.Duration.TotalSeconds / 4, 2, 10);
        var watch = Stopwatch.StartNew();
        var total = plan.Duration + (isAlone ? TimeSpan.Zero : s_noopInterval * intervals);
        for (var interval = 0; interval < intervals && !stop.IsCancellationRequested; interval++)
        {
            await MeasureNoop(environment, isWarm: interval > 0);
            await Measure(environment, pattern, plan.Schedule, plan.Duration / intervals, _record.Meter, "", () => watch.Elapsed / total);
            environment.Processors.Mark("grab");
        }
    }

    private async Task MeasureNoop(RunEnvironment environment, bool isWarm)
    {
        if (environment.NoopGenerator is not { } generator)
            return;
        var traffic = new GrabTraffic(
            plan.Pattern(options), environment.Packets, environment.Callers, new GrabRecord(), environment.Failures, environment.Host);
        if (!isWarm)
            await generator.Run(traffic, Schedule.Closed, s_noopInterval, new Meter(TimeSpan.FromSeconds(1)), stop);
        environment.Processors.Mark("noop warmup");
        await Watch("grab", generator.Run(traffic, Schedule.Closed, s_noopInterval, _record.Noop, stop),
            () => new Progress("grab", null, "the no-op endpoint", _record.Noop.Current, environment.Live.Last));
        environment.Processors.Mark("noop");
    }

    private async Task SearchMax(RunEnvironment environment, MaxOptions max)
    {
        var search = new MaxSearch(max.Start);
        var pattern = plan.Pattern(options);
        while (search.Next() is { } rate && !stop.IsCancellationRequested)
        {
            var meter = new Meter(PointLength(max.Round));
            var from = clock.GetUtcNow();
            await Measure(environment, pattern, Schedule.Rate(rate), max.Round, meter,
                $"trying {Format.Number(rate)}/s, best so far {Format.Number(search.Best)}/s", () => null);
            if (stop.IsCancellationRequested)
                break;
            var round = Rounds.Judge(rate, meter, environment.Live.Since(from), max);
            search.Note(rate, round.Held);
            _record.Rounds.Add(round);
            if (round.Held || _record.Meter.Answers == 0)
                _record.Meter = meter;
            await WaitUntilSettled(environment, s_catchUpLimit, "grab", "waiting for the ledger to catch up");
        }
        _record.BestRate = search.Best;
    }

    private Task Measure(
        RunEnvironment environment, RequestPattern pattern, Schedule schedule, TimeSpan duration, Meter meter,
        string text, Func<double?> part)
    {
        var traffic = new GrabTraffic(
            pattern, environment.Packets, environment.Callers, environment.Record, environment.Failures, environment.Host);
        return Watch("grab", environment.Generator.Run(traffic, schedule, duration, meter, stop),
            () => new Progress("grab", part(), text, meter.Current, environment.Live.Last));
    }

    private async Task Drain(RunEnvironment environment)
    {
        var watch = Stopwatch.StartNew();
        var limit = stop.IsCancellationRequested ? s_interruptedDrain : options.DrainLimit;
        _record.IsDrained = await WaitUntilSettled(environment, limit, "drain", "waiting for the ledger");
        _record.DrainSeconds = watch.Elapsed.TotalSeconds;
        environment.Processors.Mark("drain");
        Done("drain", watch, _record.IsDrained ? "the outbox is empty" : "the outbox is not empty");
    }

    /// <summary>Waits until a live point from after this moment shows an empty outbox.</summary>
    private async Task<bool> WaitUntilSettled(RunEnvironment environment, TimeSpan limit, string stage, string text)
    {
        var from = clock.GetUtcNow();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < limit)
        {
            if (environment.Live.Last is { Outbox: 0 } point && point.At >= from)
                return true;
            view.Show(new Progress(stage, null, text, CurrentRates.None, environment.Live.Last));
            await Task.Delay(50, CancellationToken.None);
        }
        return false;
    }

    private async Task Judge(RunEnvironment environment)
    {
        var watch = Stopwatch.StartNew();
        ShowVerdict(environment, "repeating the grabs without a final answer");
        await new OpenGrabs(environment).AskAgain(MostAskedAgain);
        ShowVerdict(environment, "reading the report");
        var limit = stop.IsCancellationRequested ? s_interruptedDrain : options.DrainLimit;
        do
        {
            _record.Verdict = await environment.Api.Report(CancellationToken.None);
            if (_record.Verdict.Word == ReportVerdict.Consistent)
                break;
            await Task.Delay(250, CancellationToken.None);
        }
        while (watch.Elapsed < limit);
        ShowVerdict(environment, "comparing every share");
        _record.Money = await Task.Run(() => Compare(environment), CancellationToken.None);
        environment.Processors.Mark("verdict");
        var money = _record.Money;
        Done("verdict", watch, $"{_record.Verdict.Word}, {Format.Number(money.Kept)} of {Format.Number(money.Won)} shares kept");
    }

    private static async Task<MoneyCheck> Compare(RunEnvironment environment)
    {
        var (record, packets, callers) = (environment.Record, environment.Packets, environment.Callers);
        if (environment.Ledger is { } ledger)
        {
            var fromLedger = ledger.Read(environment.TransfersBefore, packets, callers);
            return MoneyCheck.Of(record, fromLedger, "ledger", packets, callers);
        }
        var grabbed = record.Wins.Select(win => win.Packet).Concat(record.Open.Select(request => request.Packet)).Distinct();
        var fromPages = await new PageVerifier(environment.Api, packets, callers).Read(grabbed, CancellationToken.None);
        return MoneyCheck.Of(record, fromPages, "packets", packets, callers);
    }

    private void ShowVerdict(RunEnvironment environment, string text) =>
        view.Show(new Progress("verdict", null, text, CurrentRates.None, environment.Live.Last));

    private async Task<T> Watch<T>(string stage, Task<T> work, Func<Progress> progress)
    {
        await Watch(stage, (Task)work, progress);
        return await work;
    }

    private async Task Watch(string stage, Task work, Func<Progress> progress)
    {
        while (!work.IsCompleted)
        {
            view.Show(progress() with { Stage = stage });
            await Task.WhenAny(work, Task.Delay(s_showEvery, CancellationToken.None));
        }
        await work;
    }

    private void Done(string stage, Stopwatch watch, string text)
    {
        _record.Stages.Add(new StageFacts(stage, Math.Round(watch.Elapsed.TotalSeconds, 3)));
        view.Done(stage, watch.Elapsed.TotalSeconds, text);
    }

    /// <summary>A second, or longer when the series would exceed a thousand points.</summary>
    private static TimeSpan PointLength(TimeSpan duration) =>
        TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(duration.TotalSeconds / 1000)));
}
