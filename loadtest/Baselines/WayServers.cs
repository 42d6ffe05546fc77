using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>The servers of an interval. A way gets those that it uses.</summary>
/// <param name="Database">The connection string of a new database, with <paramref name="Postgres"/>.</param>
internal sealed record WayServers(RedisServer? Redis, RabbitServer? Rabbit, PostgresServer? Postgres, string? Database)
{
    /// <summary>The processes whose time counts.</summary>
    public IEnumerable<Watched> Watched =>
    [
        .. Redis is null ? Array.Empty<Watched>() : [new Watched("redis", Redis.Id)],
        .. Rabbit is null ? Array.Empty<Watched>() : [new Watched("rabbitmq", Rabbit.Id)],
        .. Postgres is null ? Array.Empty<Watched>() : [new Watched("postgresql", Postgres.Id)],
    ];

    /// <summary>Kills a server and starts it on its data.</summary>
    public async Task Restart(Victim victim)
    {
        if (victim == Victim.Broker)
        {
            await Rabbit!.Restart();
            return;
        }
        await Postgres!.Kill();
        await Postgres.Start();
    }
}
