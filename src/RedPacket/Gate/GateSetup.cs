namespace RedPacket.Gate;

internal static class GateSetup
{
    /// <summary>The keeper of the gates: role reconcile.</summary>
    public static IServiceCollection AddGateKeeping(this IServiceCollection services)
    {
        services.AddSingleton<PacketRebuild>().AddSingleton<ShardCount>().AddSingleton<GateOpener>().AddSingleton<ShardWalk>();
        services.AddHostedService<GateKeeper>();
        return services;
    }
}
