using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using RedPacket.Feed;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets.Traces;
using RedPacket.Reports.Alerts;
using RedPacket.Reports.History;
using static RedPacket.Comparison.Verdict;

namespace RedPacket.Operations;

/// <summary>
/// Metrics at <c>/metrics</c>; metrics and traces for an OTLP collector when OTEL_EXPORTER_OTLP_ENDPOINT, or the
/// variable of one signal, names one.
/// </summary>
internal static class Telemetry
{
    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<TracesOptions>(configuration);
        services.AddSingleton<Gauges>();
        services.AddMistakes(Collector.Mistakes(configuration));
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => Collector.Name(resource, Instrumentation.Name));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(Instrumentation.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddRuntimeInstrumentation().AddPrometheusExporter();
            if (Collector.IsSet(configuration, Collector.Metrics))
                metrics.AddOtlpExporter(exporter => Collector.Use(exporter, configuration, Collector.Metrics));
        });
        telemetry.WithTracing(traces =>
        {
            // Chunks always have spans, because a claim's timeline names its trace. Without a collector a request has
            // none.
            traces.AddSource(Instrumentation.Name).SetSampler(
                provider => new TraceIdSampler(provider.GetRequiredService<IOptions<TracesOptions>>().Value));
            if (Collector.IsSet(configuration, Collector.Traces))
                traces.AddSource("MassTransit").AddAspNetCoreInstrumentation()
                    .AddOtlpExporter(exporter => Collector.Use(exporter, configuration, Collector.Traces));
        });
    }
}

/// <summary>The gauges: each shows the last look, and nothing while there is none.</summary>
internal sealed class Gauges
{
    public Gauges(
        IMeterFactory meters, StoreWatch store, StoreGuard guard, RelayStatus relay, IServiceProvider services, TimeProvider clock)
    {
        var meter = meters.Create(Instrumentation.Name);
        meter.CreateObservableGauge("redpacket.outbox.depth", () => Known(store.Numbers?.Outbox), "{entry}",
            "Entries that the ledger does not have yet, over all shards.");
        meter.CreateObservableGauge("redpacket.outbox.oldest_age", () => Known(store.Numbers?.Age(clock.GetUtcNow()).TotalSeconds), "s",
            "Age of the oldest entry in the outbox.");
        meter.CreateObservableGauge("redpacket.store.up", () => store.Numbers is null ? 0 : 1, null,
            "1 when the store answered the last look.");
        meter.CreateObservableGauge("redpacket.store.memory", () => Known(guard.MemoryUse), null,
            "The largest part of its memory limit that a Redis server uses, from 0 to 1.");
        meter.CreateObservableGauge("redpacket.gate.open", () =>
            store.Gates.Select(gate => new Measurement<int>(gate.Value ? 1 : 0, Shard(gate.Key))),
            null, "1 when the shard's gate is open.");
        meter.CreateObservableGauge("redpacket.relay.outstanding", () =>
            relay.Shards.Select(shard => new Measurement<long>(shard.Entries, Shard(shard.Shard))),
            "{entry}", "Entries that this process has sent and the ledger has not recorded yet.");
        if (services.GetService<Journal>() is { } journal)
        {
            meter.CreateObservableGauge("redpacket.ledger.up", () => journal.State.Up ? 1 : 0, null,
                "1 when the ledger took the last transaction.");
            meter.CreateObservableGauge("redpacket.settlement.paused", () => journal.State.Pause is null ? 0 : 1, null,
                "1 while an operator has paused settlement.");
        }
        if (services.GetService<Announcer>() is { } announcer)
            meter.CreateObservableGauge("redpacket.feed.unannounced", () => Known(announcer.Waiting), "{transfer}",
                "Transfers that are not announced yet, while this process announces.");
        if (services.GetService<ReportHistory>() is { } history)
        {
            meter.CreateObservableGauge("redpacket.report.verdict",
                () => Known<int>(history.Newest is { } newest ? NumberOf(newest.Verdict) : null), null,
                "The newest report's verdict: 0 consistent, 1 converging, 2 inconsistent.");
            meter.CreateObservableGauge("redpacket.report.alerts", () => Alerts(history.Newest?.Alerts), "{alert}",
                "Alerts that are not resolved, when the newest report was made.");
        }
    }

    private static Measurement<long>[] Alerts(AlertCounts? alerts) => alerts is null ? [] :
    [
        new Measurement<long>(alerts.Open, State(AlertState.Open)),
        new Measurement<long>(alerts.Acknowledged, State(AlertState.Acknowledged)),
    ];

    private static KeyValuePair<string, object?> State(string state) => new("state", state);

    // Its numbers are in OPERATING.md and in the alert rules.
    private static int NumberOf(string verdict) => verdict switch { Consistent => 0, Converging => 1, _ => 2 };

    private static KeyValuePair<string, object?> Shard(int shard) => new("shard", shard);

    private static Measurement<T>[] Known<T>(T? value) where T : struct =>
        value is { } known ? [new Measurement<T>(known)] : [];
}
