using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace RedPacket.Http;

/// <summary>
/// Runs around everything else. It refuses requests by their head, turns what endpoints throw into problems, and gives a bare status its
/// body.
/// </summary>
internal sealed class EdgeMiddleware(
    RequestDelegate next, IOptions<HttpOptions> options, IConfiguration configuration, TimeProvider clock,
    IHostApplicationLifetime lifetime, ILogger<EdgeMiddleware> logger)
{
    /// <summary>
    /// API answers are data: no page may run them, frame them or guess their type. Pages (report, Scalar) set their own policy.
    /// </summary>
    private const string NothingIsAPage = "default-src 'none'; frame-ancestors 'none'";

    private static readonly Problem s_hostNotAllowed =
        new(400, "host_not_allowed", "This service is not called by the name in the header Host. AllowedHosts names those that are.");

    private readonly int _bodyLimit = options.Value.BodyLimit;
    private readonly StringSegment[]? _hosts = HttpEdge.AllowedHosts(configuration);

    public async Task InvokeAsync(HttpContext context)
    {
        Guard(context.Response);
        var body = Body(context);
        if (Refused(context.Request) is { } refusal)
            await refusal.ExecuteAsync(context);
        else
            await Serve(context);
        if (body is not null && context.Response.StatusCode >= 400)
            await RefusedBody.TakeRest(context, body, clock, lifetime.ApplicationStopping);
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

    private async Task Serve(HttpContext context)
    {
        try
        {
            await next(context);
            if (IsBare(context.Response))
                await EdgeProblems.ForStatus(context.Response.StatusCode)!.ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            logger.CallerLeft(context.Request.Method, context.TraceIdentifier);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, exception);
        }
    }

    private static void Guard(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = NothingIsAPage;
        response.Headers.XContentTypeOptions = "nosniff";
        // Answers are about somebody's money. What anybody may read sets its own policy.
        response.Headers.CacheControl = "no-store";
    }

    private Problem? Refused(HttpRequest request)
    {
        // A page of another site may call this address under its own name, which the browser then takes for the page's own.
        if (_hosts is not null && !HostString.MatchesAny(request.Headers.Host.ToString(), _hosts))
            return s_hostNotAllowed;
        if (request.Headers.ContentEncoding.Count > 0)
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
                    context.TraceIdentifier);
        }

        context.Response.Clear();
        Guard(context.Response);
        await problem.ExecuteAsync(context);
    }
}
