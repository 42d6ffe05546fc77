using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Garnet;
using Garnet.server;
using Garnet.server.Auth.Settings;
using RedPacket.Packets;
using StackExchange.Redis;
using Tsavorite.core;

namespace RedPacket.Demo;

/// <summary>
/// Garnet inside this process, so that `dotnet run` needs no other program. It listens on a free port of loopback and
/// keeps its data in a folder. It acknowledges a write before it is on disk, so every answer that moves money waits for
/// <see cref="Commit"/> first.
/// </summary>
internal sealed class EmbeddedStore : IAsyncDisposable
{
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(3);
    private readonly string _folder;
    private readonly ILoggerFactory? _loggers;
    // Garnet executes commands that it finds in the body of an HTTP request, and any web page can send one to loopback.
    private readonly string _password = RandomNumberGenerator.GetHexString(32);
    private GarnetServer? _server;

    /// <summary>The store on the folder's data. It has its address, and <see cref="Open"/> starts it.</summary>
    public EmbeddedStore(string folder, ILoggerFactory? loggers = null) => (_folder, _loggers) = (folder, loggers);

    /// <summary>The version of the package.</summary>
    public static string Version { get; } = typeof(GarnetServer).Assembly.GetName().Version!.ToString(3);

    public int Port { get; } = FreePort();

    /// <summary>
    /// For <c>ConnectionStrings:Redis</c>, with long timeouts because the store shares this process's threads.
    /// </summary>
    public string ConnectionString => $"127.0.0.1:{Port},password={_password},asyncTimeout=5000,connectTimeout=5000";

    /// <summary>A store that is open.</summary>
    public static async Task<EmbeddedStore> Start(string folder, ILoggerFactory? loggers = null)
    {
        var store = new EmbeddedStore(folder, loggers);
        await store.Open();
        return store;
    }

    /// <summary>
    /// Starts the store and checks that its scripts are atomic.
    /// Throws if they are not, or if the folder cannot be used.
    /// </summary>
    public async Task Open()
    {
        Directory.CreateDirectory(_folder);
        _server = new GarnetServer(Options(_folder, Port, _password), _loggers);
        _server.Start();
        try
        {
            await CheckAtomicity();
            await ShutGates();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Returns when everything that the store has acknowledged so far is on disk. Concurrent calls share one write.
    /// </summary>
    public ValueTask Commit() => Commit(_server ?? throw new ObjectDisposedException(nameof(EmbeddedStore)));

    private static async ValueTask Commit(GarnetServer server)
    {
        if (!await server.Store.CommitAOFAsync(CancellationToken.None))
        {
            throw new IOException(
                "The embedded store could not write its append-only file. If the disk is full, free some space and start again.");
        }
    }

    /// <summary>Writes everything to disk, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is not { } server)
            return;
        await Commit(server);
        // Dispose spins until every connection has returned its buffers, and one that does not would keep it forever.
        // All data is on disk already.
        await await Task.WhenAny(Task.Run(server.Dispose), Task.Delay(s_stopLimit));
    }

    private static GarnetServerOptions Options(string folder, int port, string password) => new()
    {
        AuthSettings = new PasswordAuthenticationSettings(password),
        EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
        LogDir = folder,
        CheckpointDir = folder,
        EnableStorageTier = true,
        EnableAOF = true,
        Recover = true,
        FailOnRecoveryError = true,
        // Answers wait for Commit. This interval is for writes that nobody waits for, such as emptying the outbox.
        CommitFrequencyMs = 100,
        // The default device needs libaio, which many machines lack.
        DeviceType = DeviceType.RandomAccess,
        // The defaults are made for servers, with a log of 16 GB. A page must hold the largest record: 100000 shares of
        // 8 digits. Every caller waits while a whole page with its objects goes to disk, so a small page keeps pauses
        // short.
        LogMemorySize = "256m",
        PageSize = "1m",
        SegmentSize = "64m",
        IndexMemorySize = "16m",
        AofMemorySize = "64m",
        AofPageSize = "8m",
        EnableLua = true,
        // Off by default, and then the commands of two scripts interleave.
        LuaTransactionMode = true,
        LuaOptions = new LuaOptions(LuaMemoryManagementMode.Native, "", Timeout.InfiniteTimeSpan, LuaLoggingMode.Silent, []),
        QuietMode = true,
    };

    // Eight connections count to 1000 together by a script that reads and then writes. If scripts interleave, some
    // counts are lost.
    private async Task CheckAtomicity()
    {
        const int connectionCount = 8;
        const int rounds = 125;
        const int expected = connectionCount * rounds;
        var script = ReadScript("count.lua");
        RedisKey key = $"atomic:{Guid.NewGuid():N}";
        var connections = await Task.WhenAll(
            Enumerable.Range(0, connectionCount).Select(_ => ConnectionMultiplexer.ConnectAsync(ConnectionString)));
        try
        {
            await Task.WhenAll(connections.Select(async connection =>
            {
                for (var i = 0; i < rounds; i++)
                    await connection.GetDatabase().ScriptEvaluateAsync(script, [key]);
            }));
            var counted = (int)await connections[0].GetDatabase().StringGetAsync(key);
            await connections[0].GetDatabase().KeyDeleteAsync(key);
            if (counted != expected)
            {
                throw new InvalidOperationException(
                    $"Scripts of the embedded store are not atomic: it counted {counted}, expected {expected}. It cannot hold money.");
            }
        }
        finally
        {
            foreach (var connection in connections)
                await connection.DisposeAsync();
        }
    }

    private static string ReadScript(string name)
    {
        using var stream = typeof(EmbeddedStore).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    // Nobody else knows the password yet. The store has no replication id that would change with a start, so this shuts
    // its gates (PROTOCOL 4.4). This process alone uses the folder, so the holder of any lease in it is dead, and nobody has to wait
    // until the lease expires.
    private async Task ShutGates()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        var database = connection.GetDatabase();
        foreach (var shard in await Shards.All(database))
        {
            await database.KeyDeleteAsync([PacketKeys.RelayLease(shard), PacketKeys.Opener(shard)]);
            await database.HashDeleteAsync(PacketKeys.Meta(shard), MetaFields.Seal);
        }
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
