using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;

namespace RedPacket.Hosting;

/// <summary>The OTLP collector that OTEL_EXPORTER_OTLP_ENDPOINT names, or the variable of one signal.</summary>
internal static class Collector
{
    /// <summary>The variable for metrics only.</summary>
    public const string Metrics = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

    /// <summary>The variable for traces only.</summary>
    public const string Traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    private const string All = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>True when the signal has a collector.</summary>
    /// <param name="signal"><see cref="Metrics"/> or <see cref="Traces"/>.</param>
    public static bool IsSet(IConfiguration configuration, string signal) =>
        !string.IsNullOrEmpty(configuration[All]) || !string.IsNullOrEmpty(configuration[signal]);

    /// <summary>A line for each variable whose value is no address.</summary>
    public static IEnumerable<string> Mistakes(IConfiguration configuration) =>
        from collector in (string[])[All, Metrics, Traces]
        let address = configuration[collector]
        where !string.IsNullOrEmpty(address)
            && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        select $"{collector} takes an address such as http://collector:4317; it was {StartError.Quoted(address)}.";

    /// <summary>The exporter itself reads the general variable only.</summary>
    public static void Use(OtlpExporterOptions exporter, IConfiguration configuration, string signal)
    {
        if (Uri.TryCreate(configuration[signal], UriKind.Absolute, out var own))
            exporter.Endpoint = own;
    }

    /// <summary>The name of the program in metrics and traces. The environment comes last: OTEL_SERVICE_NAME wins.</summary>
    public static void Name(ResourceBuilder resource, string service) =>
        resource.Clear().AddService(service, autoGenerateServiceInstanceId: false).AddTelemetrySdk().AddEnvironmentVariableDetector();
}
