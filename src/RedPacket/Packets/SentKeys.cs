using RedPacket.Hosting;
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

/// <summary>
/// Idempotency-Keys in Redis, beside the script that claims them: looked up, and given back to packets.
/// </summary>
internal sealed class SentKeys(ScriptRunner scripts, KeyHomes homes)
{
    private static readonly ScriptFile s_keep = new("keep.lua");

    private IDatabase Database => scripts.Database;

    /// <summary>
    /// The claim of the key; null when this look finds none, which proves nothing: only the script sees shut gates.
    /// </summary>
    public async Task<KeyClaim?> Find(string keyHash)
    {
        var home = KeyHomes.Of(keyHash, homes.Shards);
        var claims = await Task.WhenAll(KeyHomes.Former(keyHash, home).Prepend(home).Select(shard => FindIn(shard, keyHash)));
        return claims.FirstOrDefault(claim => claim is not null);
    }

    private async Task<KeyClaim?> FindIn(int shard, string keyHash)
    {
        try
        {
            return KeyClaim.Parse(await Database.TextOf(PacketKeys.Key(shard, keyHash)));
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return null;
        }
    }

    /// <summary>
    /// The claim of the key in one of its homes; null for none. Throws when that shard is shut or away.
    /// </summary>
    public Task<KeyClaim?> FindAt(int shard, string keyHash) => scripts.Read(
        shard, async () => KeyClaim.Parse(await Database.TextOf(PacketKeys.Key(shard, keyHash))));

    /// <summary>
    /// The claim of the key as builds before release 0.1.0 wrote it. Its packet may be in any shard, or may never have
    /// been made. Seven days after the last of these builds was stopped there is none left, and this look can go.
    /// </summary>
    public Task<KeyClaim?> FindUnsharded(string keyHash) => scripts.Read(
        KeyHomes.Of(keyHash, homes.Shards),
        async () => KeyClaim.Parse(await Database.TextOf(PacketKeys.UnshardedKey(keyHash))));

    /// <summary>
    /// Gives packets their keys back, where Redis has lost them and their time is not over by the clock of Redis. A key
    /// that names a packet keeps it. The key goes to the packet's own shard, and to its present home where that is
    /// another: so do the keys of packets that were spread by chance.
    /// </summary>
    public Task Restore(IEnumerable<(string PacketId, long AmountFen, long CreatedAt, string Terms)> packets)
    {
        List<Task> writes = [];
        foreach (var (packetId, amountFen, createdAt, text) in packets)
        {
            if (PacketTerms.TryParse(text, amountFen) is not { } terms || !PacketId.TryParse(packetId, out var shard))
                continue;
            var claim = new KeyClaim(packetId, terms.ContentHash(amountFen)).ToString();
            var present = KeyHomes.Of(terms.Key, homes.Shards);
            var end = createdAt + PacketsOptions.KeyRetentionMs;
            writes.Add(Write(shard, terms.Key, claim, end));
            if (present != shard)
                writes.Add(UnlessAway(Write(present, terms.Key, claim, end)));
        }
        return Task.WhenAll(writes);
    }

    private async Task Write(int shard, string keyHash, string claim, long end)
    {
        var word = (string?)await s_keep.Evaluate(Database, [PacketKeys.Key(shard, keyHash)], [claim, end]);
        if (word is not ("kept" or "taken" or "over"))
            throw s_keep.Unknown(word);
    }

    private static async Task UnlessAway(Task write)
    {
        try
        {
            await write;
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            // Another shard that is away does not keep this one shut. A send also finds the key in its earlier home.
        }
    }
}
