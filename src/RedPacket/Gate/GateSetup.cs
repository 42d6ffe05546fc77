namespace RedPacket.Gate;

internal static class GateSetup
{
    /// <summary>The keepers of the gates and of the house: role reconcile.</summary>
    public static IServiceCollection AddGateKeeping(this IServiceCollection services)
    {
        services.AddSingleton<PacketRebuild>().AddSingleton<ShardCount>().AddSingleton<ReleaseMarks>().AddSingleton<CorrectedShares>();
        services.AddSingleton<WalkComparison>().AddSingleton<LostKeys>().AddSingleton<ArchivedKeys>().AddSingleton<ShardWalk>();
        services.AddSingleton<OpenerBeat>().AddSingleton<GateOpener>().AddSingleton<ShardRaise>().AddSingleton<ShardCountKeeper>();
        services.AddHostedService<GateKeeper>().AddHostedService(provider => provider.GetRequiredService<ShardCountKeeper>());
        return services;
    }
}
