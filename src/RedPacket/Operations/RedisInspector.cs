using System.Globalization;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>
/// Asks Redis how durable it is, by INFO and CONFIG GET, and who is connected. StackExchange.Redis allows these on admin
/// connections only, so each call opens one for a moment. The connection that all rooms share cannot flush or reconfigure
/// anything by mistake.
/// </summary>
internal sealed class RedisInspector(string connectionString)
{
    // A field that INFO of each has and that of Redis has not.
    private static readonly (string Field, string Name)[] s_others =
        [("dragonfly_version", "Dragonfly"), ("mvcc_depth", "KeyDB")];

    /// <summary>Their hosts and ports, without secrets.</summary>
    public string Servers =>
        string.Join(", ", Options().EndPoints.Select(server => EndPointCollection.ToString(server)));

    /// <summary>The facts of each primary that answers.</summary>
    public async Task<List<RedisFacts>> Inspect()
    {
        var options = Options();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(options);
        var facts = new List<RedisFacts>();
        foreach (var server in redis.GetServers())
            if (server is { IsConnected: true, IsReplica: false })
                facts.Add(await Inspect(server));
        return facts;
    }

    /// <summary>
    /// The connections of all primaries that answer; null when none does. Throws when one does not tell.
    /// </summary>
    public async Task<List<ClientInfo>?> Connections()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Options());
        var primaries = redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).ToList();
        var connections = new List<ClientInfo>();
        foreach (var server in primaries)
            connections.AddRange(await server.ClientListAsync());
        return primaries.Count == 0 ? null : connections;
    }

    private ConfigurationOptions Options()
    {
        var options = RedisConnection.Parse(connectionString);
        options.AllowAdmin = true;
        options.AbortOnConnectFail = false;
        options.ClientName = "redpacket inspector";
        return options;
    }

    private static async Task<RedisFacts> Inspect(IServer server)
    {
        var info = await Info(server);
        return new RedisFacts(
            info.GetValueOrDefault("redis_version") ?? server.Version.ToString(),
            await Config(server, "appendonly") is { } said ? said == "yes"
                : info.GetValueOrDefault("aof_enabled") is { } enabled ? enabled == "1" : null,
            await Config(server, "appendfsync"),
            await Config(server, "maxmemory-policy") ?? info.GetValueOrDefault("maxmemory_policy"),
            s_others.FirstOrDefault(other => info.ContainsKey(other.Field)).Name,
            MemoryUse(info),
            WritesAlone(info, await Config(server, "min-replicas-to-write")));
    }

    /// <summary>In a cluster a primary stops when it does not reach the others.</summary>
    internal static bool WritesAlone(IReadOnlyDictionary<string, string> info, string? minReplicas) => minReplicas == "0"
        && info.GetValueOrDefault("cluster_enabled") != "1" && info.GetValueOrDefault("connected_slaves") is not (null or "0");

    /// <summary>
    /// Of maxmemory, as Redis compares it: without the buffers of replicas and of the append-only file. Null without a
    /// limit.
    /// </summary>
    private static double? MemoryUse(Dictionary<string, string> info)
    {
        long Bytes(string field) => long.TryParse(info.GetValueOrDefault(field), CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;
        return Bytes("maxmemory") is > 0 and var limit ? (double)(Bytes("used_memory") - Bytes("mem_not_counted_for_evict")) / limit : null;
    }

    /// <summary>
    /// Null when the server refuses CONFIG, as managed servers do, or the connection string disables it.
    /// </summary>
    private static async Task<string?> Config(IServer server, string setting)
    {
        try
        {
            return (await server.ConfigGetAsync(setting)).FirstOrDefault().Value;
        }
        catch (Exception refused) when (refused is RedisServerException or RedisCommandException)
        {
            return null;
        }
    }

    private static async Task<Dictionary<string, string>> Info(IServer server)
    {
        try
        {
            return (await server.InfoAsync()).SelectMany(section => section).DistinctBy(pair => pair.Key)
                .ToDictionary(pair => pair.Key, pair => pair.Value);
        }
        catch (Exception refused) when (refused is RedisServerException or RedisCommandException)
        {
            return [];
        }
    }
}
