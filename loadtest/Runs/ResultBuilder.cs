using System.Globalization;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Runs;

/// <summary>Turns the results of a run into a document with warnings, thresholds and an exit code.</summary>
internal sealed class ResultBuilder(RunOptions options, Plan plan, RunEnvironment environment, RunRecord record)
{
    /// <summary>A generator that is busier than this may limit the rate itself.</summary>
    private const double BusyLimit = 0.9;

    public ResultDocument Build(bool interrupted)
    {
        var meter = record.Meter;
        var seconds = Math.Max(meter.Seconds, 0.001);
        var startedAt = record.StartedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var throughput = new ThroughputFacts(
            Math.Round(meter.Answers / seconds, 1), Math.Round(meter.Count(RequestOutcome.Won) / seconds, 1));
        var document = new ResultDocument(
            ResultDocument.CurrentSchema, startedAt, options.Command, options.Seed, interrupted, 0, Machine.Here(), environment.Facts,
            Workload(), record.Stages, [], Outcomes(meter), throughput, LatencyFacts.Of(meter.Latency), LatencyFacts.Of(meter.Service),
            Lag(), meter.Series, Flow(), Drain(), Processes(), record.Money, record.Verdict, Max(), Noop(), [],
            environment.Failures.All, Corrected(meter));
        return Judge(document with { Warnings = [.. Warnings(document)] });
    }

    /// <summary>Judges the thresholds, the money's first, and sets the exit code.</summary>
    private ResultDocument Judge(ResultDocument document)
    {
        var results = Threshold.Always.Concat(options.Thresholds).Select(threshold => threshold.Judge(document)).ToArray();
        return document with { Thresholds = results, Exit = ExitCode.Of(document.Interrupted, results) };
    }

    private WorkloadFacts Workload() => new(
        plan.Name, plan.Model, plan.Rate, plan.Connections, plan.Packets, plan.Shares, environment.Callers.Count,
        Math.Round(record.Meter.Seconds, 2), plan.Warmup.TotalSeconds, environment.Callers.Kind, Math.Round(record.SendsPerSecond, 1),
        plan.WarmupPackets, plan.Stages);

    private static OutcomeFacts Outcomes(Meter meter) => new(
        meter.Count(RequestOutcome.Won), meter.Count(RequestOutcome.Replayed), meter.Count(RequestOutcome.Emptied),
        meter.Count(RequestOutcome.Expired), meter.Count(RequestOutcome.Refused), meter.Count(RequestOutcome.Failed),
        meter.Late, meter.LateByGenerator, meter.Dropped);

    private LatencyFacts? Corrected(Meter meter)
    {
        if (plan.Model != "closed" || meter.Answers == 0)
            return null;
        var meanInterval = (long)(meter.Seconds * 1e6 * plan.Connections / meter.Answers);
        return LatencyFacts.Of(meter.Latency.Corrected(Math.Max(1, meanInterval)));
    }

    private LagFacts? Lag()
    {
        if (environment.Ledger is { Lag: { Count: > 0 } lag })
            return LagOf("ledger", lag);
        var live = new Histogram();
        foreach (var point in environment.Live.Since(record.GrabbedFrom).Where(point => point.LagMs is not null))
            live.Add(point.LagMs!.Value * 1000);
        return live.Count == 0 ? null : LagOf("live", live);
    }

    private static LagFacts LagOf(string source, Histogram lag) =>
        new(source, lag.Count, lag.Percentile(50) / 1000.0, lag.Percentile(99) / 1000.0, lag.Max / 1000.0);

    private IReadOnlyList<Flow> Flow()
    {
        if (environment.Ledger?.Flow() is { Count: > 0 } exact)
            return exact;
        var points = environment.Live.Since(record.GrabbedFrom)
            .Where(point => point is { Granted: not null, Packets: not null, Outbox: not null }).ToArray();
        if (points.Length == 0)
            return [];
        // The service's settled count includes funds and refunds, so count settled shares as granted minus in flight.
        var first = points[0];
        return [.. points.Select(point =>
        {
            var granted = point.Granted!.Value - first.Granted!.Value;
            var inFlight = point.Outbox!.Value;
            return new Flow(Math.Round((point.At - first.At).TotalSeconds, 1), granted, Math.Max(0, granted - inFlight), inFlight);
        })];
    }

    private DrainFacts Drain()
    {
        if (record.IsDrained && environment.Ledger is { LastRecordedAt: > 0 } ledger)
        {
            var milliseconds = ledger.LastRecordedAt - record.GrabbedUntil.ToUnixTimeMilliseconds();
            return new DrainFacts(Math.Max(0, milliseconds / 1000.0), "ledger", true);
        }
        return new DrainFacts(Math.Round(record.DrainSeconds, 2), "live", record.IsDrained);
    }

    private IReadOnlyList<ProcessFacts> Processes()
    {
        var log = environment.Processors;
        var grabs = Math.Max(record.Rounds.Count > 0 ? environment.Record.Count : record.Meter.Answers, 1);
        return [.. log.Names.Where(name => name != NoopProcess.Name).Select(name =>
        {
            var (send, grab, drain) = (log.Seconds(name, "send"), log.Seconds(name, "grab"), log.Seconds(name, "drain"));
            var perGrabUs = Math.Round((grab + drain) * 1e6 / grabs, 1);
            return new ProcessFacts(
                name, name == ProcessorLog.Generator, Math.Round(send, 2), Math.Round(grab, 2), Math.Round(drain, 2), perGrabUs);
        })];
    }

    private MaxFacts? Max() => options.Max is { } max
        ? new MaxFacts(record.BestRate, max.P99.TotalMilliseconds, max.Lag.TotalMilliseconds, record.Rounds)
        : null;

    private NoopFacts? Noop()
    {
        if (record.Noop is not { Seconds: > 0 } noop)
            return null;
        var rate = noop.Answers / noop.Seconds;
        var ours = record.Meter.Seconds == 0 ? 0 : record.Meter.Answers / record.Meter.Seconds;
        var cpuPerCallUs = environment.Processors.Seconds(NoopProcess.Name, "noop") * 1e6 / Math.Max(noop.Answers, 1);
        return new NoopFacts(
            Math.Round(rate, 1), noop.Latency.Percentile(50) / 1000.0, noop.Latency.Percentile(99) / 1000.0,
            Math.Round(cpuPerCallUs, 1), Math.Round(ours / Math.Max(rate, 1), 3));
    }

    private IEnumerable<string> Warnings(ResultDocument document)
    {
        if (Machine.IsDebugBuild)
            yield return "This is a Debug build, so its figures mean nothing. Run with -c Release.";
        foreach (var warning in GeneratorWarnings(document.Outcomes).Concat(WorkloadWarnings(document.Outcomes)))
            yield return warning;
        if (environment.Before is { Word: "INCONSISTENT" } before)
            yield return $"The report said INCONSISTENT before this run ({string.Join(", ", before.FailedRules)}).";
        if (record.Money is { FoundOpen: > 0 } money)
            yield return $"{Format.Number(money.FoundOpen)} grabs without an answer have won in the ledger. "
                + "Their users get the share when they ask again.";
    }

    private IEnumerable<string> GeneratorWarnings(OutcomeFacts outcomes)
    {
        if (record.Meter.BusyShare > BusyLimit)
            yield return $"The generator was busy for {Format.Percent(record.Meter.BusyShare)} of the time. "
                + "It may limit the rate instead of the service.";
        if (outcomes.LateByGenerator > outcomes.Answers / 100)
            yield return $"{Format.Number(outcomes.LateByGenerator)} requests were late although a connection was free. "
                + "The generator gets too little CPU. Give fewer --connections or a lower rate, or run it on another machine.";
        if (outcomes.Late - outcomes.LateByGenerator > outcomes.Answers / 100)
            yield return $"{Format.Number(outcomes.Late - outcomes.LateByGenerator)} requests waited for a free connection. "
                + "The service is slower than the rate, or there are too few --connections.";
    }

    private IEnumerable<string> WorkloadWarnings(OutcomeFacts outcomes)
    {
        if (outcomes.Emptied > outcomes.Answers / 2 && plan.Name is not ("hot" or "storm"))
            yield return "Most grabs came too late. Give more --packets or more --shares.";
        if (outcomes.Replayed > outcomes.Answers / 10)
            yield return "Many grabs came from users who had a share already. Give more --users or more --packets.";
        if (options.Noop && plan.Model != "closed")
            yield return "The ratio to the no-op endpoint compares a closed loop with an open one. Leave --rate out.";
    }
}
