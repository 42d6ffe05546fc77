using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Gate;

/// <summary>
/// Gives packets their Idempotency-Keys back, where Redis has lost them and their time is not over by its clock. A key
/// that names a packet keeps it.
/// </summary>
internal sealed class LostKeys(KeyHomes homes)
{
    /// <summary>
    /// Packets of the opening's shard. The key goes there, and to its present home where that is another: so do the keys
    /// of packets that were sent before the shards were raised, or were spread by chance.
    /// </summary>
    /// <exception cref="OpeningLostException">Another opener or another server has taken over the shard.</exception>
    public async Task Restore(
        GateOpening opening, IEnumerable<(string PacketId, long AmountFen, long CreatedAt, string Terms)> packets)
    {
        List<(string KeyHash, KeyClaim Claim, long End)> keys = [];
        foreach (var (packetId, amountFen, createdAt, text) in packets)
        {
            if (PacketTerms.TryParse(text, amountFen) is { } terms && PacketId.TryParse(packetId, out var shard) && shard == opening.Shard)
                keys.Add((terms.Key, new KeyClaim(packetId, terms.ContentHash(amountFen)), createdAt + PacketsOptions.KeyRetentionMs));
        }
        await Task.WhenAll(keys.Select(key => opening.Keep(key.KeyHash, key.Claim, key.End)));
        // Only now is it proved that these packets are those of the shard.
        await Task.WhenAll(keys.Select(key => (Key: key, Home: KeyHomes.Of(key.KeyHash, homes.Shards)))
            .Where(each => each.Home != opening.Shard)
            .Select(each => opening.KeepElsewhere(each.Home, each.Key.KeyHash, each.Key.Claim, each.Key.End)));
    }
}
