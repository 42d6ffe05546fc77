using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using RedPacket.Gate;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>One process with all roles: its own way to the store, its own view of the gates, its own journal.</summary>
internal sealed class SimulatedProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public SimulatedProcess(SimulatedWorld world, IConnectionMultiplexer store, Journal journal)
    {
        Network = new SimulatedNetwork(world.Away);
        Connection = SimulatedConnection.To(store, Network);
        Journal = journal;
        Clock = new ProcessClock(world.Clock);
        _services = SimulatedServices.Build(this, world);
        var deaf = SimulatedConnection.To(store, new SimulatedNetwork(world.Away) { IsCut = true });
        Settlement = new SimulatedSettlement(this, deaf, world);
    }

    public SimulatedNetwork Network { get; }

    public IConnectionMultiplexer Connection { get; }

    public Journal Journal { get; }

    public ProcessClock Clock { get; }

    public SimulatedSettlement Settlement { get; }

    public ShardGate Gate => Get<ShardGate>();

    /// <summary>Opens a shard and has its packets compared, as the keeper of the gates does it.</summary>
    public async Task Open(int shard)
    {
        await Get<GateOpener>().Open(shard, SimulatedWorld.Stop);
        await Get<ShardWalk>().Run(shard, SimulatedWorld.Stop);
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The connection string of the ledger's readers.</summary>
    public string ReadersLedger()
    {
        using var context = Get<IDbContextFactory<LedgerDbContext>>().CreateDbContext();
        return context.Database.GetConnectionString()!;
    }

    public async ValueTask DisposeAsync()
    {
        await Settlement.DisposeAsync();
        await _services.DisposeAsync();
    }
}
