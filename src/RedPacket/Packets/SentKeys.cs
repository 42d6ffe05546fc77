using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>The packet that an Idempotency-Key names, and the hash of the content that was sent with it.</summary>
internal sealed record KeyClaim(string PacketId, string ContentHash)
{
    public override string ToString() => $"{PacketId} {ContentHash}";

    /// <summary>Null for a text that is no claim.</summary>
    public static KeyClaim? Parse(string? text) =>
        text?.Split(' ') is [var id, var hash] && Messages.PacketId.TryParse(id, out _) ? new KeyClaim(id, hash) : null;
}

/// <summary>Idempotency-Keys in Redis, beside the script that claims them: looked up, and given back to packets.</summary>
internal sealed class SentKeys(IConnectionMultiplexer redis, KeyHomes homes, TimeProvider clock)
{
    private IDatabase Database => redis.Primary();

    /// <summary>The claim of the key; null when this look finds none, which proves nothing: only the script sees shut gates.</summary>
    public async Task<KeyClaim?> Find(string keyHash)
    {
        var home = KeyHomes.Of(keyHash, homes.Shards);
        var texts = KeyHomes.Former(keyHash, home).Prepend(home).Select(shard => Database.StringGetAsync(PacketKeys.Key(shard, keyHash)));
        return (await Task.WhenAll(texts)).Select(text => KeyClaim.Parse(text)).FirstOrDefault(claim => claim is not null);
    }

    /// <summary>
    /// The claim of the key as builds before release 0.1.0 wrote it. Its packet may be in any shard, or may never have been made. Seven
    /// days after the last of these builds was stopped there is none left, and this look can go.
    /// </summary>
    public async Task<KeyClaim?> FindUnsharded(string keyHash) =>
        KeyClaim.Parse(await Database.StringGetAsync(PacketKeys.UnshardedKey(keyHash)));

    /// <summary>
    /// Gives packets their keys back, where Redis has lost them. A key that names a packet keeps it. The key goes to the packet's own
    /// shard, and to its present home where that is another: so do the keys of packets that were spread by chance.
    /// </summary>
    public Task Restore(IEnumerable<(string PacketId, long AmountFen, long CreatedAt, string Terms)> packets)
    {
        List<Task> writes = [];
        foreach (var (packetId, amountFen, createdAt, text) in packets)
        {
            var life = PacketsOptions.KeyRetention - (clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(createdAt));
            if (life <= TimeSpan.Zero || PacketTerms.TryParse(text, amountFen) is not { } terms
                || !PacketId.TryParse(packetId, out var shard))
                continue;
            var claim = new KeyClaim(packetId, terms.ContentHash(amountFen)).ToString();
            writes.AddRange(new[] { shard, KeyHomes.Of(terms.Key, homes.Shards) }.Distinct()
                .Select(home => Database.StringSetAsync(
                    PacketKeys.Key(home, terms.Key), claim, life, When.NotExists, CommandFlags.DemandMaster)));
        }
        return Task.WhenAll(writes);
    }
}
