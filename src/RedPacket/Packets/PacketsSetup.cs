using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Packets.Limits;
using RedPacket.Packets.Views;
using StackExchange.Redis;

namespace RedPacket.Packets;

internal static class PacketsSetup
{
    /// <summary>The store, its gate and the packets: what every role needs.</summary>
    public static IServiceCollection AddPackets(
        this IServiceCollection services, IConfiguration configuration, IReadOnlyList<string> roles)
    {
        services.AddSettings<PacketsOptions>(configuration);
        services.AddSingleton<IValidateOptions<PacketsOptions>, PacketsOptionsCheck>();
        services.AddSettings<OutboxLimitOptions>(configuration);
        services.AddSettings<HoldOptions>(configuration);
        services.AddSingleton<IValidateOptions<HoldOptions>, HoldOptionsCheck>();
        var connectionString = configuration.GetConnectionString("Redis");
        services.AddMistakes(Mistake(connectionString));
        services.AddSingleton<IConnectionMultiplexer>(_ =>
            ConnectionMultiplexer.Connect(RedisConnection.ForService(connectionString!, ProcessName.Own(roles))));
        services.AddSingleton<StoreRefusal>();
        services.AddSingleton<ShardGate>();
        services.AddSingleton<ShardLoops>();
        services.AddSingleton<PriorLedgerCheck>();
        services.AddSingleton<ScriptRunner>();
        services.AddSingleton<PacketChecks>();
        services.AddSingleton<SplitSeeds>();
        services.AddSingleton<KeyHomes>();
        services.AddSingleton<SentKeys>();
        services.AddSingleton<RedisPackets>();
        services.AddHostedService<ShardWatch>();
        return services;
    }

    /// <summary>The calls that send packets and look at them: role grab.</summary>
    public static IServiceCollection AddPacketCalls(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<UserLimitsOptions>(configuration);
        services.AddSingleton<UserLimits>();
        services.AddSingleton<SettledClaims>();
        services.AddSingleton<SendEndpoint>();
        services.AddSingleton<PacketViews>();
        services.AddSingleton<PacketEndpoints>();
        services.AddSingleton<WatchedPackets>();
        services.AddSingleton<PacketStreamEndpoint>();
        return services;
    }

    /// <summary>Closing and archiving: role reconcile.</summary>
    public static IServiceCollection AddPacketKeeping(this IServiceCollection services)
    {
        services.AddHostedService<PacketCloser>();
        services.AddHostedService<PacketArchiver>();
        return services;
    }

    public static void MapPackets(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/packets", (SendEndpoint send, HttpContext context) => send.Handle(context))
            .RequireAuthorization().DescribeSend();
        app.MapGet("/api/v1/packets/{packetId}", (PacketEndpoints read, HttpContext context, string packetId) =>
            read.One(context, packetId)).RequireAuthorization().DescribeOne();
        app.MapGet("/api/v1/packets/{packetId}/live", (PacketStreamEndpoint stream, HttpContext context, string packetId) =>
            stream.Open(context, packetId)).RequireAuthorization().DescribeLive();
        app.MapGet("/api/v1/packets", (PacketEndpoints read, HttpContext context) => read.Newest(context))
            .RequireAuthorization(Caller.Operator).DescribeNewest();
    }

    private static string? Mistake(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            return "ConnectionStrings:Redis is missing: set it to host:port, for example ConnectionStrings__Redis=localhost:6379.";
        try
        {
            return RedisConnection.Parse(connectionString).EndPoints.Count > 0
                ? null
                : "ConnectionStrings:Redis names no server: set it to host:port.";
        }
        catch (FormatException exception)
        {
            return $"ConnectionStrings:Redis cannot be read: {exception.Message}";
        }
    }
}
