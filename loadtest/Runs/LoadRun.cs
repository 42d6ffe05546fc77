using System.Diagnostics;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Runs;

/// <summary>A run, stage by stage: prepare, send, grab, drain, verdict. What it finds is put into a document; whether that is good is judged there.</summary>
internal sealed class LoadRun(RunOptions options, Plan plan, RunView view, TimeProvider clock, CancellationToken stop)
{
    private const int MostAskedAgain = 20_000;
    private static readonly TimeSpan s_showEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_interruptedDrain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_sendLimit = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_noopTurn = TimeSpan.FromSeconds(2);
    private readonly RunRecord _found = new() { StartedAt = clock.GetUtcNow() };

    /// <summary>Runs it and disposes of what it started. Throws <see cref="TargetException"/> when the service cannot be used.</summary>
    public async Task<ResultDocument> Execute()
    {
        ResultDocument? document = null;
        await view.Run(async () =>
        {
            var watch = Stopwatch.StartNew();
            await using var scene = await Watch("prepare", RunEnvironment.Prepare(options, plan, Say, stop), () => new Progress("prepare", null, _said, Pulse.None, null));
            Done("prepare", watch, $"{scene.Facts.Version} at {scene.Facts.Urls[0]}");
            await Send(scene);
            if (!stop.IsCancellationRequested)
                await Grab(scene);
            await Drain(scene);
            await Judge(scene);
            document = new ResultBuilder(options, plan, scene, _found).Build(stop.IsCancellationRequested);
            if (scene.Demo is { } demo && (options.KeepData || !document.IsBalanced))
            {
                demo.KeepsData = true;
                document = document with { Warnings = [.. document.Warnings, $"The demo's data is kept in {demo.DataFolder}"] };
            }
        });
        return document!;
    }

    private string _said = "";

    private void Say(string what) => _said = what;

    private async Task Send(RunEnvironment scene)
    {
        var watch = Stopwatch.StartNew();
        var sends = new SendTraffic(scene.Packets, scene.Callers, scene.Failures, $"{_found.StartedAt.ToUnixTimeMilliseconds():x}-{Environment.ProcessId:x}", scene.Host);
        var meter = new Meter(TimeSpan.FromSeconds(1));
        scene.Processors.Mark("before");
        await Watch("send", scene.Generator.Run(sends, Schedule.Closed, s_sendLimit, meter, stop), () => new Progress("send", (double)scene.Packets.Made / scene.Packets.Count,
            $"{Format.Number(scene.Packets.Made)} of {Format.Number(scene.Packets.Count)} packets", meter.Pulse, scene.Live.Last));
        scene.Processors.Mark("send");
        _found.SendsPerSecond = scene.Packets.Made / Math.Max(watch.Elapsed.TotalSeconds, 0.001);
        Done("send", watch, $"{Format.Number(scene.Packets.Made)} packets of {Format.Number(plan.Shares)} shares, {Format.Number(_found.SendsPerSecond)}/s");
        if (scene.Packets.Made < scene.Packets.Count && !stop.IsCancellationRequested)
        {
            var first = scene.Failures.All.Count > 0 ? $"{scene.Failures.All[0].What}: {scene.Failures.All[0].Sample}" : "no answers";
            throw new TargetException($"Only {scene.Packets.Made} of {scene.Packets.Count} packets could be sent ({first}). See the service's log; --packets sends fewer.");
        }
    }

    private async Task Grab(RunEnvironment scene)
    {
        var watch = Stopwatch.StartNew();
        if (plan.Warmup > TimeSpan.Zero)
        {
            var warmup = new Meter(TimeSpan.FromSeconds(1));
            await Ask(scene, plan.WarmupDraw(options), Schedule.Closed, plan.Warmup, warmup, "warming up, not measured", () => watch.Elapsed / plan.Warmup);
        }
        scene.Processors.Mark("warmup");
        _found.GrabbedFrom = clock.GetUtcNow();
        if (options.Max is { } max)
            await SearchMax(scene, max);
        else
            await InTurns(scene);
        _found.GrabbedUntil = clock.GetUtcNow();
        scene.Processors.Mark("grab");
        Done("grab", watch, $"{Format.Number(_found.Meter.Answers)} answers, p99 {Format.Time(_found.Meter.Latency.Percentile(99) / 1000.0)}");
    }

    /// <summary>Ours alone, or ours and the endpoint that does nothing by turns, so that both meet the same machine.</summary>
    private async Task InTurns(RunEnvironment scene)
    {
        _found.Meter = new Meter(PointLength(plan.Duration));
        var draw = plan.Draw(options);
        var turns = scene.NoopGenerator is null ? 1 : (int)Math.Clamp(plan.Duration.TotalSeconds / 4, 2, 10);
        var watch = Stopwatch.StartNew();
        var whole = plan.Duration + (scene.NoopGenerator is null ? TimeSpan.Zero : s_noopTurn * turns);
        for (var turn = 0; turn < turns && !stop.IsCancellationRequested; turn++)
        {
            await NoopTurn(scene, warm: turn > 0);
            await Ask(scene, draw, plan.Schedule, plan.Duration / turns, _found.Meter, "", () => watch.Elapsed / whole);
            scene.Processors.Mark("grab");
        }
    }

    private async Task NoopTurn(RunEnvironment scene, bool warm)
    {
        if (scene.NoopGenerator is not { } generator)
            return;
        var traffic = new GrabTraffic(plan.Draw(options), scene.Packets, scene.Callers, new GrabRecord(), scene.Failures, scene.Host);
        if (!warm)
            await generator.Run(traffic, Schedule.Closed, s_noopTurn, new Meter(TimeSpan.FromSeconds(1)), stop);
        scene.Processors.Mark("noop warmup");
        await Watch("grab", generator.Run(traffic, Schedule.Closed, s_noopTurn, _found.Noop, stop),
            () => new Progress("grab", null, "the endpoint that does nothing", _found.Noop.Pulse, scene.Live.Last));
        scene.Processors.Mark("noop");
    }

    private async Task SearchMax(RunEnvironment scene, MaxOptions max)
    {
        var search = new MaxSearch(max.Start);
        var draw = plan.Draw(options);
        while (search.Next() is { } rate && !stop.IsCancellationRequested)
        {
            var meter = new Meter(PointLength(max.Round));
            var from = clock.GetUtcNow();
            await Ask(scene, draw, Schedule.Rate(rate), max.Round, meter, $"trying {Format.Number(rate)}/s, best so far {Format.Number(search.Best)}/s", () => null);
            if (stop.IsCancellationRequested)
                break;
            var round = Rounds.Judge(rate, meter, scene.Live.Since(from), max);
            search.Note(rate, round.Held);
            _found.Rounds.Add(round);
            if (round.Held || _found.Meter.Answers == 0)
                _found.Meter = meter;
            await Settled(scene, TimeSpan.FromSeconds(60), "grab", "letting the ledger catch up");
        }
        _found.BestRate = search.Best;
    }

    private Task Ask(RunEnvironment scene, RequestPattern draw, Schedule schedule, TimeSpan duration, Meter meter, string text, Func<double?> part)
    {
        var traffic = new GrabTraffic(draw, scene.Packets, scene.Callers, scene.Record, scene.Failures, scene.Host);
        return Watch("grab", scene.Generator.Run(traffic, schedule, duration, meter, stop), () => new Progress("grab", part(), text, meter.Pulse, scene.Live.Last));
    }

    private async Task Drain(RunEnvironment scene)
    {
        var watch = Stopwatch.StartNew();
        var limit = stop.IsCancellationRequested ? s_interruptedDrain : options.DrainLimit;
        _found.IsDrained = await Settled(scene, limit, "drain", "waiting for the ledger");
        _found.DrainSeconds = watch.Elapsed.TotalSeconds;
        scene.Processors.Mark("drain");
        Done("drain", watch, _found.IsDrained ? "the outbox is empty" : "the outbox is not empty yet");
    }

    /// <summary>Waits until a sample taken after this moment shows an empty outbox.</summary>
    private async Task<bool> Settled(RunEnvironment scene, TimeSpan limit, string stage, string text)
    {
        var from = clock.GetUtcNow();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < limit)
        {
            if (scene.Live.Last is { Outbox: 0 } sample && sample.At >= from)
                return true;
            view.Show(new Progress(stage, null, text, Pulse.None, scene.Live.Last));
            await Task.Delay(50, CancellationToken.None);
        }
        return false;
    }

    private async Task Judge(RunEnvironment scene)
    {
        var watch = Stopwatch.StartNew();
        view.Show(new Progress("verdict", null, "asking again what was left open", Pulse.None, scene.Live.Last));
        _found.AskedAgain = await new OpenCalls(scene).AskAgain(MostAskedAgain);
        view.Show(new Progress("verdict", null, "asking for the report", Pulse.None, scene.Live.Last));
        var limit = stop.IsCancellationRequested ? s_interruptedDrain : options.DrainLimit;
        do
        {
            _found.Verdict = await scene.Api.Report(CancellationToken.None);
            if (_found.Verdict.Word == ReportVerdict.Consistent)
                break;
            await Task.Delay(250, CancellationToken.None);
        }
        while (watch.Elapsed < limit);
        view.Show(new Progress("verdict", null, "comparing every share", Pulse.None, scene.Live.Last));
        _found.Money = await Task.Run(() => Compare(scene), CancellationToken.None);
        scene.Processors.Mark("verdict");
        Done("verdict", watch, $"{_found.Verdict.Word}, {Format.Number(_found.Money.Kept)} of {Format.Number(_found.Money.Won)} shares kept");
    }

    private static async Task<MoneyCheck> Compare(RunEnvironment scene)
    {
        if (scene.Ledger is { } ledger)
            return MoneyCheck.Of(scene.Record, ledger.Read(scene.TransfersBefore, scene.Packets, scene.Callers), "ledger", scene.Packets, scene.Callers);
        var touched = scene.Record.Wins.Select(win => win.Packet).Concat(scene.Record.Open.Select(ask => ask.Packet)).Distinct();
        var booked = await new PageVerifier(scene.Api, scene.Packets, scene.Callers).Read(touched, CancellationToken.None);
        return MoneyCheck.Of(scene.Record, booked, "packets", scene.Packets, scene.Callers);
    }

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
        _found.Stages.Add(new StageFacts(stage, Math.Round(watch.Elapsed.TotalSeconds, 3)));
        view.Done(stage, watch.Elapsed.TotalSeconds, text);
    }

    /// <summary>A second; longer where the series would have more than a thousand points.</summary>
    private static TimeSpan PointLength(TimeSpan duration) => TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(duration.TotalSeconds / 1000)));
}
