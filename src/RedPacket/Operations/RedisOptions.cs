namespace RedPacket.Operations;

/// <summary>Section <c>Redis</c>: what is asked of the store.</summary>
internal sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>True to run on a Redis that may forget (no appendonly, or an evicting policy). Info and banner say so.</summary>
    public bool AllowVolatile { get; set; }
}
