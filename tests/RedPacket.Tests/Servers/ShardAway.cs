using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Servers;

/// <summary>
/// Takes shard 0 away from every usual connection, as if its server were gone: Redis refuses each command on its keys.
/// The test has an administrator's connection, for which nothing changes.
/// </summary>
internal sealed class ShardAway : IAsyncDisposable
{
    private readonly IConnectionMultiplexer _admin;

    private ShardAway(IConnectionMultiplexer admin) => _admin = admin;

    public IDatabase Database => _admin.GetDatabase();

    public static async Task<ShardAway> Begin(RedisServer redis)
    {
        await redis.Database.ExecuteAsync("ACL", "SETUSER", "admin", "on", ">admin", "~*", "&*", "+@all");
        var away = new ShardAway(await redis.Connect("user=admin,password=admin"));
        await away.Database.ExecuteAsync("ACL", "SETUSER", "default", "resetkeys", "~{1}:*", $"~{PacketKeys.Shards}", "~key:*");
        return away;
    }

    public Task End() => Database.ExecuteAsync("ACL", "SETUSER", "default", "allkeys");

    public async ValueTask DisposeAsync()
    {
        await End();
        await _admin.DisposeAsync();
    }
}
