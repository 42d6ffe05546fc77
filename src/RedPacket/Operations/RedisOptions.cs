using RedPacket.Hosting;

namespace RedPacket.Operations;

/// <summary>Section <c>Redis</c>: what the service demands of the store.</summary>
[Section("Redis")]
internal sealed class RedisOptions
{
    /// <summary>
    /// True: run on a Redis that may lose data (no appendonly, or an evicting policy). Info and banner say so.
    /// </summary>
    public bool AllowVolatile { get; set; }
}
