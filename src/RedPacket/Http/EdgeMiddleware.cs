using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using RedPacket.Http.Limits;

namespace RedPacket.Http;

/// <summary>
/// Runs around everything else. It refuses requests by their head, turns what endpoints throw into problems, and gives
/// a bare status its body.
/// </summary>
internal sealed class EdgeMiddleware(
    RequestDelegate next, IOptions<HttpOptions> options, IConfiguration configuration, CallerRefusals refusals, TimeProvider clock,
    IHostApplicationLifetime lifetime, ILogger<EdgeMiddleware> logger)
{
    /// <summary>
    /// API answers are data: no page may run them, frame them or guess their type. Pages (report, Scalar) set their own
    /// policy.
    /// </summary>
    private const string NothingIsAPage = "default-src 'none'; frame-ancestors 'none'";

    private static readonly Problem s_hostNotAllowed =
        new(400, "host_not_allowed", "This service is not called by the name in the header Host. AllowedHosts names those that are.");

    private readonly int _bodyLimit = options.Value.BodyLimit;
    private readonly StringSegment[]? _hosts = HttpEdge.AllowedHosts(configuration);

    public async Task InvokeAsync(HttpContext context)
    {
        Guard(context.Response);
        var method = TakeMethod(context.Request);
        var body = Body(context);
        if (Refused(context.Request) is { } refusal)
            await refusal.ExecuteAsync(context);
        else
            await Serve(context, method);
        refusals.Note(context);
        if (body is not null && context.Response.StatusCode >= 400)
            await RefusedBody.TakeRest(context, body, clock, lifetime.ApplicationStopping);
    }

    /// <summary>
    /// True for a request that wants the head of the answer only. Endless answers must not begin then.
    /// </summary>
    public static bool IsForHead(HttpContext context) => context.Items.ContainsKey(HttpMethods.Head);

    // The endpoint of GET answers HEAD too, and Kestrel leaves the body out. Returns the method of the client.
    private static string TakeMethod(HttpRequest request)
    {
        var method = request.Method;
        if (HttpMethods.IsHead(method))
        {
            request.HttpContext.Items[HttpMethods.Head] = true;
            request.Method = HttpMethods.Get;
        }
        return method;
    }

    // Gives the endpoints a limited body and returns the server's own. Null where there is none, as in most requests.
    private Stream? Body(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
            return null;
        var body = context.Request.Body;
        context.Request.Body = new LimitedBody(body, _bodyLimit);
        return body;
    }

    private async Task Serve(HttpContext context, string method)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: 405, HasStarted: false })
                AllowMore(context.Response, method);
            if (IsBare(context.Response))
                await EdgeProblems.ForStatus(context.Response.StatusCode)!.ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            logger.CallerLeft(context.Request.Method, Problem.TraceOf(context));
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, exception);
        }
    }

    // The routes know GET only. OPTIONS is answered with the methods of its address.
    private static void AllowMore(HttpResponse response, string method)
    {
        var allowed = response.Headers.Allow.ToString().Split(", ", StringSplitOptions.RemoveEmptyEntries);
        response.Headers.Allow = string.Join(
            ", ", [.. allowed, .. allowed.Contains(HttpMethods.Get) ? [HttpMethods.Head] : Array.Empty<string>(), HttpMethods.Options]);
        if (HttpMethods.IsOptions(method))
            response.StatusCode = StatusCodes.Status204NoContent;
    }

    private void Guard(HttpResponse response)
    {
        // A proxy that reuses the connection would lose its next request to the stop.
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            response.Headers.Connection = "close";
        response.Headers.ContentSecurityPolicy = NothingIsAPage;
        response.Headers.XContentTypeOptions = "nosniff";
        // An address names a packet, and everybody who knows it may grab.
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Answers are about somebody's money. An answer that anybody may read sets its own policy.
        response.Headers.CacheControl = "no-store";
    }

    private Problem? Refused(HttpRequest request)
    {
        // A page of another site may call this address under its own name, which the browser then takes for the page's
        // own.
        if (_hosts is not null && !HostString.MatchesAny(request.Headers.Host.ToString(), _hosts))
            return s_hostNotAllowed;
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding
            && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase))
            return new Problem(415, "content_encoding_unsupported", "Send the body as it is, without a Content-Encoding header.");
        // A body without a length is stopped while it is read.
        return request.ContentLength > _bodyLimit ? EdgeProblems.ForStatus(413) : null;
    }

    private static bool IsBare(HttpResponse response) =>
        response.StatusCode >= 400 && !response.HasStarted && response.ContentType is null && response.ContentLength is null
        && EdgeProblems.ForStatus(response.StatusCode) is not null;

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var problem = EdgeProblems.ForException(exception);
        if (problem is null)
        {
            // A request that the stop cuts off is nobody's fault: the caller asks another process.
            problem = lifetime.ApplicationStopping.IsCancellationRequested && exception is OperationCanceledException
                ? EdgeProblems.Stopping
                : EdgeProblems.Internal;
            if (problem == EdgeProblems.Internal)
                logger.RequestFailed(exception, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "no endpoint",
                    Problem.TraceOf(context));
        }

        context.Response.Clear();
        Guard(context.Response);
        await problem.ExecuteAsync(context);
    }
}
