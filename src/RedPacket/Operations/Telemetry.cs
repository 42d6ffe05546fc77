using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using RedPacket.Ledger;
using RedPacket.Outbox;

namespace RedPacket.Operations;

/// <summary>
/// Metrics for who scrapes <c>/metrics</c>, and both metrics and traces for an OTLP collector once OTEL_EXPORTER_OTLP_ENDPOINT names one.
/// Rooms measure with a meter, and trace with a source, of the name <see cref="Name"/>.
/// </summary>
internal static class Telemetry
{
    public const string Name = "RedPacket";

    private const string Collector = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<Gauges>();
        var collected = !string.IsNullOrEmpty(configuration[Collector]);
        var telemetry = services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter(Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel").AddRuntimeInstrumentation().AddPrometheusExporter();
            if (collected)
                metrics.AddOtlpExporter();
        });
        telemetry.WithTracing(traces =>
        {
            // The spans of chunks are always there: a claim's timeline names its trace. Without a collector nothing else is listened to, and a request costs no span.
            traces.AddSource(Name);
            if (collected)
                traces.AddSource("MassTransit").AddAspNetCoreInstrumentation().AddOtlpExporter();
        });
    }
}

/// <summary>What is not counted as it happens but looked at when asked: each from the last look, none while there is nothing to tell.</summary>
internal sealed class Gauges
{
    public Gauges(IMeterFactory meters, StoreWatch store, RelayStatus relay, IServiceProvider services, TimeProvider clock)
    {
        var meter = meters.Create(Telemetry.Name);
        meter.CreateObservableGauge("redpacket.outbox.depth", () => Known(store.Numbers?.Outbox), "{entry}", "Entries that the ledger does not have yet, over all shards.");
        meter.CreateObservableGauge("redpacket.outbox.oldest_age", () => Known(store.Numbers?.Age(clock.GetUtcNow()).TotalSeconds), "s", "How long the oldest entry has been on its way.");
        meter.CreateObservableGauge("redpacket.store.up", () => store.Numbers is null ? 0 : 1, null, "1 when the store answered the last look.");
        meter.CreateObservableGauge("redpacket.gate.open", () => store.Gates.Select(gate => new Measurement<int>(gate.Value ? 1 : 0, new KeyValuePair<string, object?>("shard", gate.Key))),
            null, "1 when the shard's gate is open.");
        meter.CreateObservableGauge("redpacket.relay.outstanding", () => relay.Shards.Select(shard => new Measurement<long>(shard.Entries, new KeyValuePair<string, object?>("shard", shard.Shard))),
            "{entry}", "Entries that this process has sent and the ledger has not recorded yet.");
        if (services.GetService<Journal>() is { } journal)
            meter.CreateObservableGauge("redpacket.ledger.up", () => journal.State.Up ? 1 : 0, null, "1 when the ledger took the last transaction.");
    }

    private static Measurement<T>[] Known<T>(T? value) where T : struct => value is { } known ? [new Measurement<T>(known)] : [];
}
