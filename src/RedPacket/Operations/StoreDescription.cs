namespace RedPacket.Operations;

/// <summary>What the store is and what it keeps. A host that brings its own store (the demo) registers one as a singleton; then Redis is not asked.</summary>
/// <param name="Kind">For example Redis.</param>
/// <param name="Version">Empty when it is not known.</param>
/// <param name="Durability">One of the constants.</param>
/// <param name="Detail">What that is concluded from, for people.</param>
internal sealed record StoreDescription(string Kind, string Version, string Durability, string Detail)
{
    /// <summary>What was answered is on disk before the answer.</summary>
    public const string Durable = "durable";

    /// <summary>Promise 1 with its exception: appendfsync everysec and a power cut.</summary>
    public const string LastSecond = "last second may be lost";

    /// <summary>appendfsync no: the operating system decides, usually within half a minute.</summary>
    public const string LastHalfMinute = "last 30 seconds may be lost";

    /// <summary>A restart, or memory running out, loses packets.</summary>
    public const string Volatile = "volatile";

    /// <summary>The server does not say.</summary>
    public const string Unknown = "unknown";

    public static readonly StoreDescription NotYet = new("Redis", "", Unknown, "Redis has not answered yet");

    public bool IsDurable => Durability == Durable;
}

/// <summary>What a Redis server says of its own memory; null where it does not say.</summary>
internal sealed record StoreFacts(string Version, bool? AppendOnly, string? AppendFsync, string? MaxMemoryPolicy)
{
    public StoreDescription Describe() => new("Redis", Version, Durability(),
        $"appendonly {Word(AppendOnly)}, appendfsync {AppendFsync ?? StoreDescription.Unknown}, maxmemory-policy {MaxMemoryPolicy ?? StoreDescription.Unknown}");

    /// <summary>Why no money should be trusted to it, and what to do; null when it may be.</summary>
    public string? Refusal()
    {
        if (AppendOnly == false)
            return "Redis runs without appendonly: a restart would forget packets and shares. Set `appendonly yes` and `appendfsync always` in redis.conf (at once: CONFIG SET appendonly yes), "
                + "or accept the loss with Redis:AllowVolatile=true.";
        return Evicts
            ? $"Redis has maxmemory-policy {MaxMemoryPolicy}: when memory runs out it would throw packets away. Set `maxmemory-policy noeviction`, or accept the loss with Redis:AllowVolatile=true."
            : null;
    }

    private bool Evicts => MaxMemoryPolicy is not (null or "noeviction");

    private string Durability() => (AppendOnly, Evicts, AppendFsync) switch
    {
        (false, _, _) or (_, true, _) => StoreDescription.Volatile,
        (true, _, "always") => StoreDescription.Durable,
        (true, _, "everysec") => StoreDescription.LastSecond,
        (true, _, "no") => StoreDescription.LastHalfMinute,
        _ => StoreDescription.Unknown,
    };

    private static string Word(bool? yes) => yes switch { true => "yes", false => "no", null => StoreDescription.Unknown };
}
