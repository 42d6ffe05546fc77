using RedPacket.Hosting;

namespace RedPacket.Comparison;

internal static class ComparisonSetup
{
    /// <summary>The readers of both sides, for the gate, the report, repairs and wallets: role reconcile.</summary>
    public static IServiceCollection AddComparison(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<ComparisonOptions>(configuration);
        services.AddSingleton<ComparedShards>()
            .AddSingleton<RedisReader>().AddSingleton<LedgerReader>().AddSingleton<LedgerTotals>().AddSingleton<ParkedReader>();
        return services.AddSingleton<EntryReader>().AddSingleton<PacketComparer>().AddSingleton<FullScan>();
    }
}
