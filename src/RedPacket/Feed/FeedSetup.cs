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
        return services.AddSingleton<FeedEndpoint>().AddSingleton<SubscriberEndpoints>();
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
        services.AddSingleton<AnnouncedShares>().AddSingleton<Announcer>();
        // After the bus: what is started last is stopped first.
        return services.AddHostedService(provider => provider.GetRequiredService<Announcer>());
    }

    public static void MapFeed(this IEndpointRouteBuilder app)
    {
        var operators = app.MapGroup("/api/v1").RequireAuthorization(Caller.Operator).WithTags("Feed");
        operators.MapGet("/transfers", (FeedEndpoint feed, HttpContext context) => feed.Handle(context)).DescribeFeed();
        operators.MapGet("/subscribers", (SubscriberEndpoints calls, CancellationToken cancellation) => calls.List(cancellation))
            .DescribeSubscribers();
        const string one = "/subscribers/{name}";
        operators.MapPut(one, (SubscriberEndpoints calls, HttpContext context, string name) => calls.Report(context, name))
            .DescribeReport();
        operators.MapDelete(one, (SubscriberEndpoints calls, HttpContext context, string name) => calls.Forget(context, name))
            .DescribeForgetting();
    }
}
