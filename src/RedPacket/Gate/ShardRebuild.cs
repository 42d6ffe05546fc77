using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>The packets that an opening compared, and the entries that it wrote.</summary>
/// <param name="Some">The first written entries, as repairs name them.</param>
internal sealed record OpeningCount(int Packets, int Rebuilt, int Claims, int PutBack, int Forgotten, IReadOnlyList<string> Some)
{
    private const int Named = 20;

    /// <summary>The count with one more packet that was rebuilt. <paramref name="isNew"/>: Redis had nothing of it.</summary>
    public OpeningCount With(RebuildCount packet, bool isNew) => this with
    {
        Rebuilt = Rebuilt + (isNew || packet.Claims + packet.PutBack > 0 ? 1 : 0),
        Claims = Claims + packet.Claims,
        PutBack = PutBack + packet.PutBack,
        Some = Some.Count < Named ? [.. Some, .. packet.Some.Take(Named - Some.Count)] : Some,
    };
}

/// <summary>Compares all packets of a shard with the ledger while its gate is shut, and rebuilds those that differ.</summary>
internal sealed class ShardRebuild(
    RedisReader redis, LedgerReader ledger, PacketRebuild rebuild, SentKeys keys, IOptions<PacketsOptions> options,
    TimeProvider clock)
{
    private const int PerPage = 200;

    /// <summary>True when Redis or the ledger has a packet of the shard that is not archived.</summary>
    public async Task<bool> HasAny(int shard, CancellationToken cancellation) =>
        await redis.Count(shard) > 0 || (await ledger.NotArchived(shard, 0, 1, cancellation)).Count > 0;

    /// <summary>Goes over the packets that Redis lists, then over those that only the ledger has.</summary>
    public async Task<OpeningCount> Run(GateOpening opening, int shard, CancellationToken cancellation)
    {
        var count = new OpeningCount(0, 0, 0, 0, 0, []);
        await foreach (var page in redis.Live(shard, PerPage, cancellation))
            count = await ComparePage(opening, page, count, cancellation);
        for (var after = 0L; ;)
        {
            var page = await ledger.NotArchived(shard, after, PerPage, cancellation);
            if (page.Count == 0)
                break;
            after = page[^1].Number;
            string[] ids = [.. page.Select(packet => packet.PacketId)];
            var listed = await redis.Listed(shard, ids);
            count = await ComparePage(opening, [.. ids.Where(id => !listed.Contains(id))], count, cancellation);
        }
        await RestoreArchivedKeys(opening, shard, cancellation);
        return count;
    }

    // A key outlives its packet where packets are archived soon. The default retains all packets longer than their keys.
    private async Task RestoreArchivedKeys(GateOpening opening, int shard, CancellationToken cancellation)
    {
        var since = (clock.GetUtcNow() - PacketsOptions.KeyRetention).ToUnixTimeMilliseconds();
        for (var after = 0L; options.Value.Retain < PacketsOptions.KeyRetention;)
        {
            var page = await ledger.ArchivedFunds(shard, since, after, PerPage, cancellation);
            if (page.Count == 0)
                return;
            after = page[^1].Number;
            await keys.Restore(page.Select(packet => (packet.PacketId, packet.Fund.AmountFen, packet.Fund.GrantedAt, packet.Fund.Terms)));
            await opening.Renew();
        }
    }

    private async Task<OpeningCount> ComparePage(
        GateOpening opening, IReadOnlyList<string> ids, OpeningCount count, CancellationToken cancellation)
    {
        if (ids.Count == 0)
            return count;
        await opening.Renew();
        var stored = await redis.Read(ids);
        var recorded = await ledger.Packets(ids, cancellation);
        var paid = await ledger.PaidLines(ids, cancellation);
        var haveShares = await redis.HaveShares(ids);
        for (var i = 0; i < ids.Count; i++)
        {
            count = count with { Packets = count.Packets + 1 };
            if (recorded[i].ArchivedAt is not null)
            {
                // A restored backup may bring back what was archived since. No share of it may be granted again.
                await opening.Forget(ids[i]);
                count = count with { Forgotten = count.Forgotten + 1 };
            }
            else if (stored[i] is not { } packet || !recorded[i].Agrees(packet) || paid.Contains(ids[i])
                || (packet.IsOpen && !haveShares[i]))
            {
                var rebuilt = await rebuild.Run(opening, ids[i], stored[i], [.. paid[ids[i]]], cancellation);
                count = count.With(rebuilt, isNew: stored[i] is null);
            }
            CrashPoint.Pass(CrashPoint.GateBetweenPackets);
        }

        // A key may be lost though its packet is not. PacketRebuild restores those of packets that only the ledger has.
        var there = stored.Where((_, index) => recorded[index].ArchivedAt is null).OfType<StoredPacket>();
        await keys.Restore(there.Select(packet => (packet.PacketId, packet.AmountFen, packet.CreatedAt, packet.Terms)));
        return count;
    }
}
