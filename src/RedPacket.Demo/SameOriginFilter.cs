using RedPacket.Http;

namespace RedPacket.Demo;

/// <summary>
/// Keeps a page of another site from pressing the demo's buttons by a form or a script. A browser sends neither this
/// header value nor this content type to another site without its consent, which the demo never gives.
/// </summary>
internal static class SameOriginFilter
{
    public static RouteGroupBuilder RequireSameOrigin(this RouteGroupBuilder group)
    {
        group.AddEndpointFilter(async (call, next) => IsAllowed(call.HttpContext.Request)
            ? await next(call)
            : new Problem(403, "forbidden", "Send Content-Type: application/json. Only the demo's own pages may call without it."));
        return group;
    }

    private static bool IsAllowed(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || request.HasJsonContentType() || request.Headers["Sec-Fetch-Site"] == "same-origin";
}
