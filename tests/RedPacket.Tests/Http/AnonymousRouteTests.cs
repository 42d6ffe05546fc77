using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace RedPacket.Tests.Http;

/// <summary>Every address that anybody may call without an identity is in this list.</summary>
public sealed class AnonymousRouteTests(DescribedService service) : IClassFixture<DescribedService>
{
    private static readonly string[] s_open =
    [
        "/", "/api/v1/info", "/api/v1/live", "/assets/{**name}", "/health/live", "/health/ready", "/metrics", "/openapi/v1.json", "/ops",
        "/ops/consistency", "/ops/statistics", "/p/{packetId}", "/scalar", "/send",
    ];

    [Fact]
    public void AnonymousRoutes_AreThoseOfTheList()
    {
        var open = from endpoint in service.Endpoints.OfType<RouteEndpoint>()
                   where endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                   select $"/{endpoint.RoutePattern.RawText!.Trim('/')}";

        Assert.Equal(s_open, open.Select(WithoutScalarFiles).Distinct().Order(StringComparer.Ordinal));
    }

    // The page of Scalar has its document and script below it.
    private static string WithoutScalarFiles(string route) =>
        route.StartsWith("/scalar/", StringComparison.Ordinal) ? "/scalar" : route;
}
