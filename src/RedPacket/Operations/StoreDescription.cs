namespace RedPacket.Operations;

/// <summary>
/// The kind of the store and how much it keeps. A host with another store (the demo) registers one of these. Then
/// nobody asks Redis.
/// </summary>
/// <param name="Kind">For example Redis.</param>
/// <param name="Version">Empty when it is not known.</param>
/// <param name="Durability">One of the constants.</param>
/// <param name="Detail">The facts behind it, for people.</param>
internal sealed record StoreDescription(string Kind, string Version, string Durability, string Detail)
{
    /// <summary>The data is on disk before the answer leaves.</summary>
    public const string Durable = "durable";

    /// <summary>appendfsync everysec: a power cut may take the last second.</summary>
    public const string LastSecond = "last second may be lost";

    /// <summary>appendfsync no: the operating system decides, usually within half a minute.</summary>
    public const string LastHalfMinute = "last 30 seconds may be lost";

    /// <summary>A restart or a full memory loses packets.</summary>
    public const string Volatile = "volatile";

    /// <summary>The server does not say.</summary>
    public const string Unknown = "unknown";

    public static readonly StoreDescription NotYet = new("Redis", "", Unknown, "Redis has not answered yet");

    public bool IsDurable => Durability == Durable;
}

/// <summary>The persistence of a Redis server, as it says itself; null where it does not say.</summary>
/// <param name="MemoryUse">How much of its memory limit is used, from 0 to 1; null without a limit.</param>
/// <param name="Other">The name of a server that only speaks like Redis; null for Redis and Valkey.</param>
/// <param name="WritesAlone">True for a primary that has replicas and grants on when it is cut off from them.</param>
internal sealed record RedisFacts(
    string Version, bool? AppendOnly, string? AppendFsync, string? MaxMemoryPolicy, string? Other = null,
    double? MemoryUse = null, bool WritesAlone = false)
{
    private static readonly Version s_oldest = new(6, 2);

    public StoreDescription Describe() => new("Redis", Version, Durability(),
        $"appendonly {YesNo(AppendOnly)}, appendfsync {AppendFsync ?? StoreDescription.Unknown}, "
        + $"maxmemory-policy {MaxMemoryPolicy ?? StoreDescription.Unknown}");

    /// <summary>Why this server is refused, and what to do; null when it is accepted.</summary>
    public string? Refusal()
    {
        if (Other is not null)
            return $"{Other} has no replication id that follows the history of its data, so a restart could go unnoticed. "
                + "Use Redis 6.2 or later, or Valkey.";
        if (System.Version.TryParse(Version, out var version) && version < s_oldest)
            return $"Redis {Version} is too old: scripts need {s_oldest} or later.";
        if (AppendOnly == false)
            return "Redis runs without appendonly: a restart would lose packets and shares. "
                + "Set `appendonly yes` and `appendfsync always` in redis.conf "
                + "(without a restart: CONFIG SET appendonly yes), or accept the loss with Redis:AllowVolatile=true.";
        return Evicts
            ? $"Redis has maxmemory-policy {MaxMemoryPolicy}: it would remove packets when memory runs out. "
                + "Set `maxmemory-policy noeviction`, or accept the loss with Redis:AllowVolatile=true."
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

    private static string YesNo(bool? yes) =>
        yes switch { true => "yes", false => "no", null => StoreDescription.Unknown };
}
