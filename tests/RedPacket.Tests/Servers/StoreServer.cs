using Microsoft.Extensions.Options;
using RedPacket.Demo;
using RedPacket.Grabs;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Servers;

/// <summary>
/// A store to run the scripts on, with the gate of shard 0 open: a real Redis, or the embedded Garnet. Each test runs
/// on both.
/// </summary>
public abstract class StoreServer : IAsyncLifetime
{
    private ConnectionMultiplexer? _connection;

    internal IConnectionMultiplexer Connection
    {
        get
        {
            Require();
            return _connection!;
        }
    }

    internal IDatabase Database => Connection.GetDatabase();

    internal bool IsEmbedded => Commit is not null;

    /// <summary>Everything gone, and the gate open under a new run: each test's own world.</summary>
    internal async Task<StoreParts> Fresh(long outboxLimit = 2_000_000, int lateAnswers = 32, TimeProvider? time = null)
    {
        var server = Connection.GetServer(Connection.GetEndPoints()[0]);
        await server.FlushAllDatabasesAsync();
        await OpenGate.Of(Connection, isEmbedded: IsEmbedded);
        await Database.SetAddAsync(PacketKeys.Shards, 0);
        await Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Seq, 1_790_000_000_000_000);
        var packets = Options.Create(new PacketsOptions());
        var outbox = Options.Create(new OutboxLimitOptions { Limit = outboxLimit });
        var hold = Options.Create(new HoldOptions { HoldFor = TimeSpan.Zero });
        var store = new ScriptRunner(Connection, new ShardGate(Connection, hold, TimeProvider.System), hold, TimeProvider.System, Commit);
        var checks = new PacketChecks(store, hold, TimeProvider.System);
        var grabs = Options.Create(new GrabsOptions { LateAnswers = lateAnswers });
        var clock = time ?? TimeProvider.System;
        var finals = new FinalPackets(store, grabs, packets, clock);
        return new StoreParts(
            store, new RedisPackets(store, new SplitSeeds(packets), outbox), finals,
            new GrabCoalescer(store, checks, finals, grabs, hold, outbox, clock));
    }

    public async ValueTask InitializeAsync()
    {
        if (await StartServer() is { } connectionString)
            _connection = await ConnectionMultiplexer.ConnectAsync(
                $"{connectionString},allowAdmin=true,asyncTimeout=60000,syncTimeout=60000");
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        await StopServer();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes an acknowledged write durable where the acknowledgement alone does not.</summary>
    private protected virtual StoreCommit? Commit => null;

    /// <summary>Skips the test when the server is not on this machine.</summary>
    private protected abstract void Require();

    private protected abstract Task<string?> StartServer();

    private protected abstract ValueTask StopServer();
}

/// <summary>The rooms around one store.</summary>
internal sealed record StoreParts(ScriptRunner Store, RedisPackets Packets, FinalPackets Finals, GrabCoalescer Grabs);

/// <summary>A real Redis.</summary>
public sealed class RedisStore : StoreServer
{
    private readonly RedisServer _redis = new();

    private protected override void Require() => _ = _redis.ConnectionString;

    private protected override async Task<string?> StartServer()
    {
        if (!Installed.Has(Installed.Redis))
            return null;
        await _redis.Start();
        return _redis.ConnectionString;
    }

    private protected override ValueTask StopServer() => _redis.DisposeAsync();
}

/// <summary>The demo's embedded Garnet.</summary>
public sealed class GarnetStore : StoreServer
{
    private readonly Folder _folder = new("garnet");
    private EmbeddedStore? _garnet;

    private protected override StoreCommit? Commit => new(() => _garnet!.Commit());

    private protected override void Require() => Assert.NotNull(_garnet);

    private protected override async Task<string?> StartServer()
    {
        _garnet = await EmbeddedStore.Start(_folder.Root);
        return _garnet.ConnectionString;
    }

    private protected override async ValueTask StopServer()
    {
        if (_garnet is not null)
            await _garnet.DisposeAsync();
        _folder.Dispose();
    }
}
