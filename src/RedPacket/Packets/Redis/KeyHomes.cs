using System.Globalization;

namespace RedPacket.Packets;

/// <summary>
/// The home shard of each Idempotency-Key: a function of the key and of the number of shards, so that key and packet
/// live in one slot.
/// </summary>
internal sealed class KeyHomes
{
    // Every house has the first shard, and it knows how many there are.
    private int _learned = 1;

    /// <summary>The number of shards, as far as this process knows.</summary>
    public int Shards => Volatile.Read(ref _learned);

    /// <summary>The shard in which a packet with this key is made, by the number of shards.</summary>
    public static int Of(string keyHash, int shards) => JumpHash.Of(Number(keyHash), shards);

    /// <summary>
    /// The homes that the key had before this one was a shard, the latest first. A key moves to new shards only, so
    /// they are few: 3 of 32.
    /// </summary>
    public static IEnumerable<int> Former(string keyHash, int home)
    {
        while (home > 0)
            yield return home = Of(keyHash, home);
    }

    /// <summary>The house has at least so many shards.</summary>
    public void Learn(int shards)
    {
        for (var known = Volatile.Read(ref _learned); known < shards;)
            known = Interlocked.CompareExchange(ref _learned, shards, known);
    }

    // Terms of unknown origin may hold any text as a key. No send has such a key, so its home does not matter.
    private static ulong Number(string keyHash) =>
        keyHash.Length >= 16
        && ulong.TryParse(keyHash.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
