using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Runs;

/// <summary>
/// Measures what HTTP alone costs on this machine. It is a separate process with the same web server and the path of a
/// grab. Its answer has the same form and size, and nothing happens behind it.
/// </summary>
internal sealed class NoopProcess : IAsyncDisposable
{
    /// <summary>Its name among the processes.</summary>
    public const string Name = "no-op";

    private readonly ServerProcess _process;

    private NoopProcess(ServerProcess process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    /// <summary>Starts the process and waits until it answers.</summary>
    public static async Task<NoopProcess> Start(CancellationToken stop)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Ports.Free()}"));
        string[] arguments = [typeof(NoopProcess).Assembly.Location, "noop", "--urls", address.AbsoluteUri];
        var noop = new NoopProcess(ServerProcess.Start("dotnet", arguments, AppContext.BaseDirectory), address);
        for (var tries = 0; tries < 200; tries++)
        {
            if (await Ports.Answers(address.Port))
                return noop;
            await Task.Delay(100, stop);
        }
        await noop.DisposeAsync();
        throw new TargetException($"The no-op endpoint did not start. Its output: {noop._process.Output}");
    }

    /// <summary>Serves the endpoint until the process stops.</summary>
    public static async Task<int> Serve(string urls)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(urls);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.MapPost("/api/v1/packets/{packetId}/grabs", (HttpContext context, string packetId) =>
            Results.Json(AnswerOf(packetId, context.Request.Headers["X-User-Id"]), NoopJson.Default.NoopAnswer));
        await app.RunAsync();
        return 0;
    }

    private static NoopAnswer AnswerOf(string packetId, string? userId) =>
        new(packetId, userId ?? "nobody", "won", 100, 1, "2026-01-01T00:00:00.000Z");

    public async ValueTask DisposeAsync()
    {
        await _process.Kill();
        _process.Dispose();
    }
}

/// <summary>The answer of a grab.</summary>
internal sealed record NoopAnswer(string PacketId, string UserId, string Outcome, long AmountFen, int Ordinal, string GrabbedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NoopAnswer))]
internal sealed partial class NoopJson : JsonSerializerContext;
