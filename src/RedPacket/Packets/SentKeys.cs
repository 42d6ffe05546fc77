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

/// <summary>Idempotency-Keys in Redis, looked up beside the script that claims them.</summary>
internal sealed class SentKeys(ScriptRunner scripts, KeyHomes homes)
{
    // Of a key whose record cannot be read, nobody knows which packet it names.
    private static readonly KeyClaim s_unreadable = new("", "");

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
    /// The claim of the key in one of its homes; null for none. A key whose record cannot be read names another packet, as
    /// far as anybody knows. Throws when that shard is shut or away.
    /// </summary>
    public Task<KeyClaim?> FindAt(int shard, string keyHash) => scripts.Read(shard, async () =>
    {
        var key = PacketKeys.Key(shard, keyHash);
        return KeyClaim.Parse(await Database.TextOf(key)) ?? (await Database.KeyExistsAsync(key) ? s_unreadable : null);
    });

    /// <summary>
    /// The claim of the key as builds before release 0.1.0 wrote it. Its packet may be in any shard, or may never have
    /// been made. Seven days after the last of these builds was stopped there is none left, and this look can go.
    /// </summary>
    public Task<KeyClaim?> FindUnsharded(string keyHash) => scripts.Read(
        KeyHomes.Of(keyHash, homes.Shards),
        async () => KeyClaim.Parse(await Database.TextOf(PacketKeys.UnshardedKey(keyHash))));
}
