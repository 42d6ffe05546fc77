using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Gate;
using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Ledger.Followers;
using RedPacket.Ledger.Sqlite;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Reports;
using RedPacket.Wallets;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>The rooms of the service that a simulated world runs, without their background loops.</summary>
internal static class SimulatedServices
{
    public static ServiceProvider Build(SimulatedProcess process, SimulatedWorld world)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(process.Clock).AddSingleton(process.Connection).AddSingleton(process.Journal);
        services.AddSingleton<AuditTrail>().AddSingleton<SubscriberReader>();
        services.AddSingleton<ShardGate>().AddSingleton<ScriptRunner>().AddSingleton<PacketChecks>().AddSingleton<SplitSeeds>();
        services.AddSingleton<HouseRecord>().AddSingleton<KeyHomes>().AddSingleton<SentKeys>().AddSingleton<SettledClaims>();
        services.AddSingleton<RedisPackets>();
        services.AddSingleton<FinalPackets>().AddSingleton<GrabCoalescer>().AddSingleton<PacketCloser>().AddSingleton<PacketRebuild>();
        services.AddSingleton<ShardCount>().AddSingleton<ReleaseMarks>().AddSingleton<CorrectedShares>();
        services.AddSingleton<OpenerBeat>().AddSingleton<GateOpener>().AddSingleton<WalkComparison>();
        services.AddSingleton<LostKeys>().AddSingleton<ArchivedKeys>();
        services.AddSingleton<ShardWalk>().AddSingleton<ShardLoops>().AddSingleton<ShardRaise>().AddSingleton<ShardCountKeeper>();
        // The embedded store is accepted as such, and a real one needs no commit.
        services.AddSingleton(new StoreCommit(() => ValueTask.CompletedTask));
        // The archiver goes by the clock of Redis. Days do not pass there, and the clocks of the world run ahead of it.
        var retain = Options.Create(new PacketsOptions { Retain = TimeSpan.FromDays(-365) });
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<PacketArchiver>(provider, retain));
        // The history decides when a gate opens, so no call waits for it.
        services.AddSingleton(Options.Create(new HoldOptions { HoldFor = TimeSpan.Zero }));
        services.AddSingleton(Options.Create(new PacketsOptions { Shards = world.ShardCount }));
        services.AddSingleton(Options.Create(new OutboxLimitOptions { Limit = world.OutboxLimit }));
        services.AddSingleton(Options.Create(new GrabsOptions { Loops = 1, LateAnswers = 1 }));
        services.AddDbContextFactory<LedgerDbContext>(context => SqliteLedgerFile.Read(context, $"Data Source={world.Ledger.FilePath}"));
        var none = new ConfigurationBuilder().Build();
        services.AddComparison(none).AddReports(none).AddRepairs(none).AddWallets(none);
        services.AddSingleton(Options.Create(new ComparisonOptions { PacketsPerPage = 2, ClaimsPerPage = 2 }));
        return services.BuildServiceProvider();
    }
}
