using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Ways;

/// <summary>The servers of an interval, each new. A way gets those that it uses.</summary>
internal sealed class WayServers : IAsyncDisposable
{
    public RedisServer? Redis { get; private init; }

    public RabbitServer? Rabbit { get; private init; }

    public PostgresServer? Postgres { get; private init; }

    /// <summary>The connection string of a new database in PostgreSQL; null without it.</summary>
    public string? Database { get; private set; }

    /// <summary>The processes whose time counts.</summary>
    public IEnumerable<Watched> Watched =>
    [
        .. Redis is null ? Array.Empty<Watched>() : [new Watched("redis", Redis.Id)],
        .. Rabbit is null ? Array.Empty<Watched>() : [new Watched("rabbitmq", Rabbit.Id)],
        .. Postgres is null ? Array.Empty<Watched>() : [new Watched("postgresql", Postgres.Id)],
    ];

    public static async Task<WayServers> Start(Way way, string fsync)
    {
        var servers = new WayServers
        {
            Redis = way.HasRedis ? new RedisServer(fsync) : null,
            Rabbit = way.HasBroker ? new RabbitServer() : null,
            // More memory than a test's database has.
            Postgres = way.HasPostgres
                ? new PostgresServer { Settings = ["shared_buffers=512MB", "max_wal_size=2GB", "max_connections=300"] }
                : null,
        };
        try
        {
            await Task.WhenAll(
                servers.Redis?.Start() ?? Task.CompletedTask, servers.Rabbit?.Start() ?? Task.CompletedTask,
                servers.Postgres?.Start() ?? Task.CompletedTask);
            servers.Database = servers.Postgres is { } postgres ? await postgres.NewDatabase() : null;
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills a server, and starts it on its data after a while.</summary>
    public async Task Restart(Victim victim, TimeSpan down)
    {
        await (victim == Victim.Broker ? Rabbit!.Kill() : Postgres!.Kill());
        await Task.Delay(down);
        await (victim == Victim.Broker ? Rabbit!.Start() : Postgres!.Start());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new IAsyncDisposable?[] { Redis, Rabbit, Postgres })
        {
            if (server is not null)
                await server.DisposeAsync();
        }
    }
}
