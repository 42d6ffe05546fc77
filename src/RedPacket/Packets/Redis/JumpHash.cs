namespace RedPacket.Packets;

/// <summary>
/// The jump consistent hash of Lamping and Veach ("A Fast, Minimal Memory, Consistent Hash Algorithm", 2014,
/// arXiv:1406.2294). It spreads keys evenly over buckets. A higher number of buckets moves keys to the new buckets
/// only.
/// </summary>
internal static class JumpHash
{
    public static int Of(ulong key, int buckets)
    {
        long bucket = -1;
        for (long next = 0; next < buckets;)
        {
            bucket = next;
            key = unchecked(key * 2862933555777941757UL + 1);
            next = (long)((bucket + 1) * ((double)(1L << 31) / ((key >> 33) + 1)));
        }
        return (int)bucket;
    }
}
