using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>
/// Restores the Idempotency-Keys of archived packets. A key outlives its packet where packets are archived soon. The
/// default retains all packets longer than their keys.
/// </summary>
internal sealed class ArchivedKeys(LedgerReader ledger, RedisReader redis, LostKeys keys, IOptions<PacketsOptions> options)
{
    private const int PerPage = 200;

    /// <param name="between">Called after each page.</param>
    public async Task Restore(GateOpening opening, Func<Task> between, CancellationToken cancellation)
    {
        if (options.Value.Retain >= PacketsOptions.KeyRetention)
            return;
        var since = await redis.Now(opening.Shard) - PacketsOptions.KeyRetentionMs;
        for (var after = 0L; ;)
        {
            var page = await ledger.ArchivedFunds(opening.Shard, since, after, PerPage, cancellation);
            if (page.Count == 0)
                return;
            after = page[^1].Number;
            await keys.Restore(
                opening, page.Select(packet => (packet.PacketId, packet.Fund.AmountFen, packet.Fund.GrantedAt, packet.Fund.Terms)));
            await between();
        }
    }
}
