using RedPacket.Hosting;
using RedPacket.Http;

namespace RedPacket.Feed;

/// <summary>The ledger's transfers for others: role reconcile.</summary>
internal static class FeedSetup
{
    public static IServiceCollection AddFeed(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<FeedOptions>(configuration);
        return services.AddSingleton<FeedPace>().AddSingleton<FeedReader>().AddSingleton<FeedEndpoint>();
    }

    public static void MapFeed(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/transfers", (FeedEndpoint feed, HttpContext context) => feed.Handle(context))
            .RequireAuthorization(Caller.Operator).WithTags("Feed").DescribeFeed();
}
