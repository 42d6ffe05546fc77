using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using RedPacket.Http;

namespace RedPacket.Tests.Operations;

/// <summary>
/// A process with the role reconcile, as far as a forwarded call can see. It keeps the head of the last call, and the
/// path decides the answer.
/// </summary>
internal sealed class PeerStub : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PeerStub(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>The header fields of the last forwarded call, and its body.</summary>
    public (Dictionary<string, string> Headers, string Body) Last { get; private set; } = ([], "");

    /// <summary>The method of the last forwarded call.</summary>
    public string LastMethod { get; private set; } = "";

    /// <summary>Path and query of the last forwarded call, as they came.</summary>
    public string LastTarget { get; private set; } = "";

    /// <summary>Ends the event stream, and cuts the answer that breaks off.</summary>
    public TaskCompletionSource StreamEnd { get; } = new();

    public static async Task<PeerStub> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var stub = new PeerStub(app);
        app.Run(stub.Answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return stub;
    }

    public ValueTask DisposeAsync()
    {
        StreamEnd.TrySetResult();
        return _app.DisposeAsync();
    }

    private async Task Answer(HttpContext context)
    {
        // The process also asks who its peer is, for the live numbers.
        if (context.Request.Path == "/api/v1/info")
            return;
        using var body = new StreamReader(context.Request.Body);
        LastMethod = context.Request.Method;
        LastTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        Last = (context.Request.Headers.ToDictionary(field => field.Key, field => field.Value.ToString()), await body.ReadToEndAsync());
        context.Response.Headers.ContentSecurityPolicy = "the peer's";
        context.Response.Headers["Idempotent-Replayed"] = "true";
        switch (context.Request.Path.Value!.Split('/')[^1])
        {
            case "refused":
                await new Problem(503, "gate_closed", "the peer's words", TimeSpan.FromSeconds(5)).ExecuteAsync(context);
                break;
            case "packets":
                context.Response.StatusCode = StatusCodes.Status201Created;
                context.Response.Headers.Location = "/api/v1/packets/0-made";
                break;
            case "silent":
                await Task.WhenAny(StreamEnd.Task, Aborted(context));
                break;
            case "events":
                context.Response.ContentType = "text/event-stream";
                await context.Response.WriteAsync("data: first\n\n");
                await context.Response.Body.FlushAsync();
                await Task.WhenAny(StreamEnd.Task, Aborted(context));
                break;
            case "cut":
                await context.Response.WriteAsync("half of it\n");
                await context.Response.Body.FlushAsync();
                await StreamEnd.Task;
                context.Abort();
                break;
            default:
                await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
                break;
        }
    }

    private static Task Aborted(HttpContext context)
    {
        var aborted = new TaskCompletionSource();
        context.RequestAborted.Register(aborted.SetResult);
        return aborted.Task;
    }
}
