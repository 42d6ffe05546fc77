using System.Net;
using System.Net.Sockets;
using Garnet;
using Garnet.server;
using RedPacket.Packets;
using StackExchange.Redis;
using Tsavorite.core;

namespace RedPacket.Demo;

/// <summary>
/// Garnet inside this process: a store for `dotnet run` with nothing installed. It listens on loopback, on a free port, and keeps its data in a folder.
/// It acknowledges before it has written, so every answer that moves money waits for <see cref="Commit"/> first.
/// </summary>
internal sealed class EmbeddedStore : IAsyncDisposable
{
    private static readonly TimeSpan s_stopWithin = TimeSpan.FromSeconds(3);
    private readonly GarnetServer _server;

    private EmbeddedStore(GarnetServer server, int port)
    {
        _server = server;
        Port = port;
    }

    /// <summary>The version of the package.</summary>
    public static string Version { get; } = typeof(GarnetServer).Assembly.GetName().Version!.ToString(3);

    public int Port { get; }

    /// <summary>For <c>ConnectionStrings:Redis</c>. Time-outs are wider than Redis's: the store shares this process's threads.</summary>
    public string ConnectionString => $"127.0.0.1:{Port},asyncTimeout=5000,connectTimeout=5000";

    /// <summary>Starts the store on the folder's data, and proves that its scripts are atomic; throws when they are not, or the folder cannot be used.</summary>
    public static async Task<EmbeddedStore> Start(string folder, ILoggerFactory? loggers = null)
    {
        Directory.CreateDirectory(folder);
        var port = FreePort();
        var server = new GarnetServer(Options(folder, port), loggers);
        server.Start();
        var store = new EmbeddedStore(server, port);
        try
        {
            await store.ProveAtomic();
            await store.FreeLeases();
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns when everything the store has acknowledged so far is on disk. Calls that wait at the same time share one write.</summary>
    public async ValueTask Commit()
    {
        if (!await _server.Store.CommitAOFAsync(CancellationToken.None))
            throw new IOException("The embedded store could not write its append-only file. Is the disk full? Free some room and start again.");
    }

    /// <summary>Writes what is not on disk yet, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await Commit();
        // It waits, spinning, for buffers of its connections; one that is not given back keeps it for ever. All is on disk already.
        await await Task.WhenAny(Task.Run(_server.Dispose), Task.Delay(s_stopWithin));
    }

    private static GarnetServerOptions Options(string folder, int port) => new()
    {
        EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
        LogDir = folder,
        CheckpointDir = folder,
        EnableStorageTier = true,
        EnableAOF = true,
        Recover = true,
        FailOnRecoveryError = true,
        // Answers wait for Commit; this is for what needs no answer, such as the outbox being emptied.
        CommitFrequencyMs = 100,
        // The default device needs libaio, which is not on every machine.
        DeviceType = DeviceType.RandomAccess,
        // The defaults are made for servers: a 16 GB log. A page has to hold the largest record, 100000 shares of 8 digits; and it goes to the disk as a whole,
        // with all objects in it, while everybody waits: the larger, the longer.
        LogMemorySize = "256m",
        PageSize = "1m",
        SegmentSize = "64m",
        IndexMemorySize = "16m",
        AofMemorySize = "64m",
        AofPageSize = "8m",
        EnableLua = true,
        // Off by default: without it the commands of two scripts interleave.
        LuaTransactionMode = true,
        LuaOptions = new LuaOptions(LuaMemoryManagementMode.Native, "", Timeout.InfiniteTimeSpan, LuaLoggingMode.Silent, []),
        QuietMode = true,
    };

    // 8 connections count to 1000 together by a script that reads, then writes: a store whose scripts interleave loses some of them.
    private async Task ProveAtomic()
    {
        const int rounds = 125;
        const string script = "local n = redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], string.format('%.0f', tonumber(n or '0') + 1)) return n";
        RedisKey key = $"atomic:{Guid.NewGuid():N}";
        var connections = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectionMultiplexer.ConnectAsync(ConnectionString)));
        try
        {
            await Task.WhenAll(connections.Select(async connection =>
            {
                for (var i = 0; i < rounds; i++)
                    await connection.GetDatabase().ScriptEvaluateAsync(script, [key]);
            }));
            var counted = (int)await connections[0].GetDatabase().StringGetAsync(key);
            await connections[0].GetDatabase().KeyDeleteAsync(key);
            if (counted != rounds * connections.Length)
                throw new InvalidOperationException($"Scripts of the embedded store are not atomic: {counted} of {rounds * connections.Length} counted. It must not hold money.");
        }
        finally
        {
            foreach (var connection in connections)
                await connection.DisposeAsync();
        }
    }

    // The folder is ours alone: whoever held a lease in it is dead, and need not be waited for.
    private async Task FreeLeases()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        var database = connection.GetDatabase();
        foreach (var shard in await Shards.All(database))
            await database.KeyDeleteAsync([PacketKeys.RelayLease(shard), PacketKeys.Opener(shard)]);
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
