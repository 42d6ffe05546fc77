using System.Data.Common;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Outbox;

namespace RedPacket.Subscribers.Following;

/// <summary>What a host decides about its rooms.</summary>
/// <param name="Folder">Where they are unless <see cref="SubscribersOptions.Store"/> says otherwise.</param>
/// <param name="ServiceUrl">The service, where <see cref="SubscribersOptions.ServiceUrl"/> names none.</param>
/// <param name="Broker">Brings messages; in memory there are none, and the feed is asked more often.</param>
internal sealed record FollowingPlan(
    IReadOnlyList<SubscriberRoom> Rooms, RoomStart Start, string Folder, Func<IServiceProvider, Uri> ServiceUrl, BrokerSettings Broker);

/// <summary>Rooms that follow the ledger, in a host of any kind.</summary>
internal static class FollowingSetup
{
    private static readonly TimeSpan s_longestCall = TimeSpan.FromSeconds(30);

    private static readonly Problem s_unavailable = new(503, "room_unavailable",
        "The store of this subscriber cannot be read now. Ask again.", TimeSpan.FromSeconds(1));

    public static IServiceCollection AddFollowing(this IServiceCollection services, IConfiguration configuration, FollowingPlan plan)
    {
        services.AddSettings<SubscribersOptions>(configuration);
        services.AddSingleton<IValidateOptions<SubscribersOptions>, SubscribersCheck>();
        services.AddSingleton(provider => new ServiceAddress(() => Options(provider).ServiceUrl ?? plan.ServiceUrl(provider)));
        services.AddSingleton<FollowerIdentity>();
        services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<FeedClient>(provider, new HttpClient { Timeout = s_longestCall }));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<FollowedRooms>(
            provider, (IReadOnlyList<FollowedRoom>)[.. plan.Rooms.Select(room => Followed(room, plan, provider))]));
        services.AddHostedService(provider => provider.GetRequiredService<FollowedRooms>());
        if (!plan.Broker.IsInMemory)
            services.AddSettledQueues(plan);
        return services;
    }

    /// <summary>The calls by which the rooms are read.</summary>
    public static void MapFollowing(this WebApplication app)
    {
        var calls = app.MapGroup("").WithTags("Subscribers");
        calls.AddEndpointFilter(async (call, next) =>
        {
            try
            {
                return await next(call);
            }
            catch (DbException)
            {
                return s_unavailable;
            }
        });
        foreach (var room in app.Services.GetRequiredService<FollowedRooms>().Rooms)
            room.Store.Room.Map(calls, room.Store);
    }

    private static SubscribersOptions Options(IServiceProvider services) =>
        services.GetRequiredService<IOptions<SubscribersOptions>>().Value;

    private static FollowedRoom Followed(SubscriberRoom room, FollowingPlan plan, IServiceProvider services)
    {
        var options = Options(services);
        RoomStore store = options.Store is { } place && PostgresRoomStore.IsUsable(place)
            ? new PostgresRoomStore(room, place)
            : new SqliteRoomStore(room, options.Store ?? plan.Folder);
        var lookEvery = plan.Broker.IsInMemory ? options.AskEvery : options.LookEvery;
        return new FollowedRoom(store, ActivatorUtilities.CreateInstance<Follower>(services, store, plan.Start, lookEvery),
            ActivatorUtilities.CreateInstance<ProgressReporter>(services, store));
    }
}
