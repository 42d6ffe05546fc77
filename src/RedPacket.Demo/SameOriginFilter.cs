using RedPacket.Http;

namespace RedPacket.Demo;

/// <summary>What a page of another site must not be able to do by a plain form or a script: press the demo's buttons. Its browser would send what this asks for to nobody but us.</summary>
internal static class SameOriginFilter
{
    public static RouteGroupBuilder FromOwnPagesOnly(this RouteGroupBuilder group)
    {
        group.AddEndpointFilter(async (call, next) => HttpMethods.IsGet(call.HttpContext.Request.Method) || IsOwn(call.HttpContext.Request)
            ? await next(call)
            : new Problem(403, "forbidden", "Send Content-Type: application/json. Without it a call is taken from pages of this demo only."));
        return group;
    }

    private static bool IsOwn(HttpRequest request) => request.HasJsonContentType() || request.Headers["Sec-Fetch-Site"] == "same-origin";
}
