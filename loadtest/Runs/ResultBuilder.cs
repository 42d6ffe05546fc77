using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Runs;

/// <summary>Puts what a run has found into a document, with its warnings, and judges it.</summary>
internal sealed class ResultBuilder(RunOptions options, Plan plan, RunEnvironment scene, RunRecord found)
{
    /// <summary>A generator that waits for less than a tenth of the time may be what is measured.</summary>
    private const double BusyLimit = 0.9;

    public ResultDocument Build(bool interrupted)
    {
        var meter = found.Meter;
        var per = Math.Max(meter.Seconds, 0.001);
        var document = new ResultDocument(ResultDocument.CurrentSchema, found.StartedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            options.Command, options.Seed, interrupted, 0, Machine.Here(), scene.Facts, Workload(), found.Stages, [], Outcomes(meter),
            new ThroughputFacts(Math.Round(meter.Answers / per, 1), Math.Round(meter.Count(RequestOutcome.Won) / per, 1)), LatencyFacts.Of(meter.Latency), LatencyFacts.Of(meter.Service),
            Lag(), meter.Series, Flow(), Drain(), Processes(), found.Money, found.Verdict, Max(), Noop(), [], scene.Failures.All, Corrected(meter));
        return Judge(document with { Warnings = [.. Warnings(document)] });
    }

    /// <summary>The thresholds, the money's first, and the exit code that follows.</summary>
    private ResultDocument Judge(ResultDocument document)
    {
        var results = options.Thresholds.Prepend(Threshold.Always).Select(threshold => threshold.Judge(document)).ToArray();
        return document with { Thresholds = results, Exit = ExitCode.Of(document.Interrupted, results) };
    }

    private WorkloadFacts Workload() => new(plan.Name, plan.Model, plan.Rate, plan.Connections, plan.Packets, plan.Shares, scene.Callers.Count, Math.Round(found.Meter.Seconds, 2),
        plan.Warmup.TotalSeconds, scene.Callers.Kind, Math.Round(found.SendsPerSecond, 1));

    private static OutcomeFacts Outcomes(Meter meter) => new(meter.Count(RequestOutcome.Won), meter.Count(RequestOutcome.Replayed), meter.Count(RequestOutcome.Emptied), meter.Count(RequestOutcome.Expired),
        meter.Count(RequestOutcome.Refused), meter.Count(RequestOutcome.Failed), meter.Late, meter.LateByGenerator, meter.Dropped);

    private LatencyFacts? Corrected(Meter meter) => plan.Model == "closed" && meter.Answers > 0
        ? LatencyFacts.Of(meter.Latency.Corrected(Math.Max(1, (long)(meter.Seconds * 1e6 * plan.Connections / meter.Answers))))
        : null;

    private LagFacts? Lag()
    {
        if (scene.Ledger is { Lag: { Count: > 0 } lag })
            return new LagFacts("ledger", lag.Count, lag.Percentile(50) / 1000.0, lag.Percentile(99) / 1000.0, lag.Max / 1000.0);
        var told = new Histogram();
        foreach (var sample in scene.Live.Since(found.GrabbedFrom).Where(sample => sample.LagMs is not null))
            told.Add(sample.LagMs!.Value * 1000);
        return told.Count == 0 ? null : new LagFacts("live", told.Count, told.Percentile(50) / 1000.0, told.Percentile(99) / 1000.0, told.Max / 1000.0);
    }

    private IReadOnlyList<Flow> Flow()
    {
        if (scene.Ledger?.Flow() is { Count: > 0 } exact)
            return exact;
        var samples = scene.Live.Since(found.GrabbedFrom).Where(sample => sample is { Granted: not null, Packets: not null, Outbox: not null }).ToArray();
        if (samples.Length == 0)
            return [];
        // The service counts funds and refunds among what is settled; granted less what is on its way is the same for shares.
        var first = samples[0];
        return [.. samples.Select(sample => new Flow(Math.Round((sample.At - first.At).TotalSeconds, 1), sample.Granted!.Value - first.Granted!.Value,
            Math.Max(0, sample.Granted.Value - first.Granted.Value - sample.Outbox!.Value), sample.Outbox.Value))];
    }

    private DrainFacts Drain()
    {
        if (found.IsDrained && scene.Ledger is { LastRecordedAt: > 0 } ledger)
            return new DrainFacts(Math.Max(0, (ledger.LastRecordedAt - found.GrabbedUntil.ToUnixTimeMilliseconds()) / 1000.0), "ledger", true);
        return new DrainFacts(Math.Round(found.DrainSeconds, 2), "live", found.IsDrained);
    }

    private IReadOnlyList<ProcessFacts> Processes()
    {
        var log = scene.Processors;
        var grabs = Math.Max(found.Rounds.Count > 0 ? scene.Record.Count : found.Meter.Answers, 1);
        return [.. log.Names.Where(name => name != NoopProcess.Name).Select(name => new ProcessFacts(name, name == ProcessorLog.Generator, Math.Round(log.Seconds(name, "send"), 2),
            Math.Round(log.Seconds(name, "grab"), 2), Math.Round(log.Seconds(name, "drain"), 2), Math.Round((log.Seconds(name, "grab") + log.Seconds(name, "drain")) * 1e6 / grabs, 1)))];
    }

    private MaxFacts? Max() => options.Max is { } max ? new MaxFacts(found.BestRate, max.P99.TotalMilliseconds, max.Lag.TotalMilliseconds, found.Rounds) : null;

    private NoopFacts? Noop()
    {
        if (found.Noop is not { Seconds: > 0 } noop)
            return null;
        var rate = noop.Answers / noop.Seconds;
        var ours = found.Meter.Seconds == 0 ? 0 : found.Meter.Answers / found.Meter.Seconds;
        return new NoopFacts(Math.Round(rate, 1), noop.Latency.Percentile(50) / 1000.0, noop.Latency.Percentile(99) / 1000.0,
            Math.Round(scene.Processors.Seconds(NoopProcess.Name, "noop") * 1e6 / Math.Max(noop.Answers, 1), 1), Math.Round(ours / Math.Max(rate, 1), 3));
    }

    private IEnumerable<string> Warnings(ResultDocument document)
    {
        var outcomes = document.Outcomes;
        if (Machine.IsDebugBuild)
            yield return "This is a Debug build: its figures say nothing. Run with -c Release.";
        if (found.Meter.BusyShare > BusyLimit)
            yield return $"The generator was busy for {Format.Percent(found.Meter.BusyShare)} of the time: it may be what limits the rate, not the service.";
        if (outcomes.LateByGenerator > outcomes.Answers / 100)
            yield return $"{Format.Number(outcomes.LateByGenerator)} requests went out late though a connection was free: the generator does not get enough of this machine.";
        if (outcomes.Late - outcomes.LateByGenerator > outcomes.Answers / 100)
            yield return $"{Format.Number(outcomes.Late - outcomes.LateByGenerator)} requests waited for a free connection: the service is slower than the rate, or --connections are too few.";
        if (outcomes.Emptied > outcomes.Answers / 2 && plan.Name is not ("hot" or "storm"))
            yield return "Most grabs came too late: give more --packets, or more --shares.";
        if (outcomes.Replayed > outcomes.Answers / 10)
            yield return "Many grabs were asked again by users who had a share already: give more --users, or more --packets.";
        if (options.Noop && plan.Model != "closed")
            yield return "The ratio to the no-op endpoint compares a closed loop with an open one: leave --rate out.";
        if (scene.Before is { } before && before.Word == "INCONSISTENT")
            yield return $"The report said INCONSISTENT before this run began ({string.Join(", ", before.FailedRules)}).";
        if (found.Money is { FoundOpen: > 0 } money)
            yield return $"{Format.Number(money.FoundOpen)} grabs that had no answer have won in the ledger; their users will be told when they ask again.";
    }
}
