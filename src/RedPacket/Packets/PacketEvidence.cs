using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Checks whether packets still have what entries of an earlier run say. A Redis that lost its latest writes may have
/// forgotten what it granted. All that it has kept is in its outbox too, or will be put back there.
/// </summary>
internal sealed class PacketEvidence(IConnectionMultiplexer redis, PacketChecks checks)
{
    /// <summary>
    /// One answer per entry, in their order; null while the packet is still being compared with the ledger.
    /// </summary>
    /// <exception cref="RedisException">Redis did not answer: nothing is known. A timeout and an outage mean the
    /// same.</exception>
    public async Task<bool?[]> AreKept(int shard, IReadOnlyList<Entry> entries)
    {
        string[] packetIds = [.. entries.Select(entry => entry.PacketId).Distinct()];
        var checkedIds = packetIds.Zip(await checks.Of(shard, packetIds)).Where(packet => packet.Second != PacketCheck.Unchecked)
            .Select(packet => packet.First).ToHashSet(StringComparer.Ordinal);
        return await Task.WhenAll(entries.Select(
            async entry => checkedIds.Contains(entry.PacketId) ? await IsKept(shard, entry) : (bool?)null));
    }

    private async Task<bool> IsKept(int shard, Entry entry)
    {
        var packet = PacketKeys.Packet(shard, entry.PacketId);
        switch (entry.Kind)
        {
            case EntryKind.Fund:
                return await redis.Primary().HashExistsAsync(packet, PacketFields.Created);
            case EntryKind.Grab:
                var held = await redis.Primary()
                    .HashGetAsync(packet, [PacketFields.User(entry.UserId), PacketFields.Ordinal(entry.Ordinal)]);
                return held[0] == Claim.Of(entry).ToString() && held[1] == entry.UserId;
            default:
                // A packet that Redis has open again refunds what is left when it closes again.
                return true;
        }
    }
}
