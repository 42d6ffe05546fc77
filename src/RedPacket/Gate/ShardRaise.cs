using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>
/// Brings more shards into force (PROTOCOL 2.1). The ledger's row has the number already. Every shard in force is told,
/// and only then the new ones are opened. Each step may be repeated, by any number of processes: one that dies leaves
/// the rest to the next.
/// </summary>
internal sealed class ShardRaise(ShardCount shards, ShardGate gate, GateOpener opener, HouseRecord record)
{
    /// <summary>
    /// Raises as far as possible now. Throws <see cref="OutageException"/> while a shard keeps it waiting. Nothing is
    /// told before all can take part, so a raise that waits refuses no send.
    /// </summary>
    public async Task Run(HouseShards house, CancellationToken cancellation)
    {
        int[] fresh = [.. Enumerable.Range(0, house.Wanted).Except(house.Opened)];
        await Task.WhenAll(house.Opened.Select(shard => MustBeOpen(shard, house.Wanted, told: 0)));
        await Task.WhenAll(fresh.Select(shard => Answers(shard, () => gate.Look(shard))));
        await record.Tell(house.Wanted, cancellation);
        CrashPoint.Pass(CrashPoint.RaiseBegun);
        await Task.WhenAll(house.Opened.Select(shard => Answers(shard, async () =>
        {
            await shards.Tell(shard, house.Wanted);
            return true;
        })));
        await Task.WhenAll(house.Opened.Select(shard => MustBeOpen(shard, house.Wanted, told: house.Wanted)));
        CrashPoint.Pass(CrashPoint.RaiseTold);
        await Task.WhenAll(fresh.Select(shard => opener.Open(shard, cancellation)));
        CrashPoint.Pass(CrashPoint.RaiseOpened);
    }

    // The run is compared because two servers may both think that they are the primary. The one with the ledger's run
    // is the right one. A run that begins later reads the row.
    private async Task MustBeOpen(int shard, int wanted, int told)
    {
        if (!await Answers(shard, () => opener.IsOpen(shard)) || await Answers(shard, () => gate.Look(shard)) is not { } run)
            throw new OutageException(Outage.Gate, $"Raising the shards to {wanted} waits for shard {shard}, whose gate is shut.");
        if (run.Shards < told)
            throw new OutageException(Outage.Gate, $"Raising the shards to {wanted} waits for shard {shard}, which does not know it yet.");
    }

    private static async Task<T> Answers<T>(int shard, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            throw new OutageException(
                Outage.Store, $"Raising the shards waits for shard {shard}, which does not answer: {exception.Message}", exception);
        }
    }
}
