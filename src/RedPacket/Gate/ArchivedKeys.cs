using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>
/// Restores the Idempotency-Keys of archived packets. A key outlives its packet where packets are archived soon. The
/// default retains all packets longer than their keys.
/// </summary>
internal sealed class ArchivedKeys(LedgerReader ledger, SentKeys keys, IOptions<PacketsOptions> options, TimeProvider clock)
{
    private const int PerPage = 200;

    /// <param name="between">Called after each page.</param>
    public async Task Restore(int shard, Func<Task> between, CancellationToken cancellation)
    {
        var since = (clock.GetUtcNow() - PacketsOptions.KeyRetention).ToUnixTimeMilliseconds();
        for (var after = 0L; options.Value.Retain < PacketsOptions.KeyRetention;)
        {
            var page = await ledger.ArchivedFunds(shard, since, after, PerPage, cancellation);
            if (page.Count == 0)
                return;
            after = page[^1].Number;
            await keys.Restore(page.Select(packet => (packet.PacketId, packet.Fund.AmountFen, packet.Fund.GrantedAt, packet.Fund.Terms)));
            await between();
        }
    }
}
