namespace RedPacket.Operations;

/// <summary>Section <c>Redis</c>: what the service demands of the store.</summary>
internal sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>True: run on a Redis that may lose data (no appendonly, or an evicting policy). Info and banner say so.</summary>
    public bool AllowVolatile { get; set; }
}
