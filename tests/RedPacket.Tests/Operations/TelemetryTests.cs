using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Operations;
using RedPacket.Packets.Traces;
using RedPacket.Settlement;

namespace RedPacket.Tests.Operations;

/// <summary>Where metrics go, and how finely they divide times.</summary>
public sealed class TelemetryTests
{
    [Theory]
    [InlineData("redpacket.ledger.commit.duration", 0.001, 5)]
    [InlineData("redpacket.settlement.lag", 0.05, 3600)]
    public void Histogram_HasBoundsFromItsUsualTimesToItsWorst(string name, double smallest, double largest)
    {
        RuntimeHelpers.RunClassConstructor(typeof(LedgerMetrics).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(SettlementTelemetry).TypeHandle);
        ConcurrentBag<Histogram<double>> found = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument is Histogram<double> histogram && histogram.Name == name)
                    found.Add(histogram);
            },
        };
        listener.Start();

        var bounds = Assert.Single(found).Advice!.HistogramBucketBoundaries!;

        Assert.Equal((smallest, largest), (bounds[0], bounds[^1]));
        Assert.Equal(bounds.Order(), bounds);
        Assert.True(bounds.Count >= 10, $"{bounds.Count} bounds");
    }

    [Theory]
    [InlineData(ActivityKind.Server, null, 0, false)]
    [InlineData(ActivityKind.Server, null, 1, true)]
    [InlineData(ActivityKind.Server, "01", 0, true)]
    [InlineData(ActivityKind.Server, "00", 0, false)]
    [InlineData(ActivityKind.Server, "00", 1, true)]
    [InlineData(ActivityKind.Internal, "00", 0, false)]
    [InlineData(ActivityKind.Internal, "01", 0, true)]
    [InlineData(ActivityKind.Producer, null, 0, true)]
    public void Spans_AreKeptByTheFlagOfTheirCaller_OrByTheTraceId(ActivityKind kind, string? flag, int oneIn, bool isKept)
    {
        var sampler = new TraceIdSampler(new TracesOptions { OneIn = oneIn });
        ActivityContext.TryParse($"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flag}", null, out var parent);
        var traceId = flag is null ? ActivityTraceId.CreateRandom() : parent.TraceId;

        var result = sampler.ShouldSample(new SamplingParameters(flag is null ? default : parent, traceId, "a span", kind));

        Assert.Equal(isKept, result.Decision == SamplingDecision.RecordAndSample);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "/own", "/own")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/own", "/own")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/metrics")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/traces")]
    public async Task EndpointOfASignal_IsEnoughToExportIt(string variable, string path, string asked)
    {
        ConcurrentBag<string> paths = [];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.Run(context =>
        {
            paths.Add(context.Request.Path);
            return Task.CompletedTask;
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);
        using var folder = new Folder("telemetry");
        await using var service = SplitProcess.Build(
            folder, "grab", $"--{variable}={collector.Urls.Single()}{path}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf");

        var traces = service.Services.GetRequiredService<TracerProvider>();
        using var source = new ActivitySource(Instrumentation.Name);
        // An export has a time limit and is not repeated: on a starved machine the first one may be lost.
        await Eventually.Holds(() =>
        {
            source.StartActivity("export")?.Dispose();
            service.Services.GetRequiredService<MeterProvider>().ForceFlush();
            traces.ForceFlush();
            return paths.Contains(asked);
        });
    }
}
