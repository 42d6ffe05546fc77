using Microsoft.Extensions.DependencyInjection.Extensions;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Outbox;

namespace RedPacket.Feed;

/// <summary>The ledger's transfers for others.</summary>
internal static class FeedSetup
{
    /// <summary>Role reconcile: the calls.</summary>
    public static IServiceCollection AddFeed(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<FeedOptions>(configuration);
        services.TryAddSingleton<FeedPace>();
        services.TryAddSingleton<FeedReader>();
        return services.AddSingleton<FeedEndpoint>();
    }

    /// <summary>Role announce. In memory it publishes on settlement's bus, so that role must be on too.</summary>
    public static IServiceCollection AddAnnouncer(this IServiceCollection services, IConfiguration configuration)
    {
        var broker = BrokerSettings.Read(configuration);
        services.AddMistakes(BrokerSettings.Mistake(configuration));
        services.AddSendingBus<IAnnounceBus>(broker, "redpacket announcer");
        services.TryAddSingleton<FeedPace>();
        services.TryAddSingleton<FeedReader>();
        services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<AnnouncementSender>(provider, OutboxSetup.Bus<IAnnounceBus>(provider, broker)));
        services.AddSingleton<Announcer>();
        // After the bus: what is started last is stopped first.
        return services.AddHostedService(provider => provider.GetRequiredService<Announcer>());
    }

    public static void MapFeed(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/transfers", (FeedEndpoint feed, HttpContext context) => feed.Handle(context))
            .RequireAuthorization(Caller.Operator).WithTags("Feed").DescribeFeed();
}
