using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Servers;

/// <summary>
/// A private redis-server on a free port and a private folder: every write on disk before the answer, nothing evicted.
/// Up in some 50 ms.
/// </summary>
public class RedisServer : IAsyncDisposable
{
    /// <summary>
    /// Options of a connection for tests: a machine that does other things for seconds is no fault of the server.
    /// </summary>
    public const string Patient = "allowAdmin=true,connectTimeout=2000,asyncTimeout=60000,syncTimeout=60000";
    private readonly Folder _folder = new("redis");
    private readonly string _fsync;
    private readonly string[] _more;
    private ServerProcess? _process;
    private ConnectionMultiplexer? _connection;

    public RedisServer() : this("always") { }

    /// <param name="fsync">always (the default) or everysec.</param>
    /// <param name="more">Further settings, as <c>--name value</c>.</param>
    public RedisServer(string fsync, params string[] more) => (_fsync, _more) = (fsync, more);

    /// <summary>The TCP port, the same over restarts.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>Where it keeps its data.</summary>
    public string Data => _folder.Root;

    /// <summary>Its process id.</summary>
    public int Id => Running.Id;

    /// <summary>False before its start, and after its end.</summary>
    public bool IsRunning => _process is not null;

    /// <summary>In StackExchange.Redis's form.</summary>
    public string ConnectionString
    {
        get
        {
            Installed.Require(Installed.Redis);
            return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},abortConnect=false");
        }
    }

    /// <summary>A connection that may administer; it survives restarts.</summary>
    public IConnectionMultiplexer Connection
    {
        get
        {
            Installed.Require(Installed.Redis);
            return _connection ?? throw new InvalidOperationException("the server was never started");
        }
    }

    /// <summary>Database 0.</summary>
    public IDatabase Database => Connection.GetDatabase();

    /// <summary>The server itself: keys, script flush, configuration.</summary>
    public IServer Server => Connection.GetServer("127.0.0.1", Port);

    /// <summary>A further connection.</summary>
    public async Task<IConnectionMultiplexer> Connect(string options = "") =>
        await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},{options}");

    /// <summary>Every key gone (FLUSHALL); loaded scripts and the process stay.</summary>
    public Task Flush() => Server.FlushAllDatabasesAsync();

    /// <summary>
    /// The effect of a restart, a promotion or a resynchronisation: the data stays, and its history has another id.
    /// </summary>
    public Task ChangeReplicationId() => Server.ExecuteAsync("DEBUG", "CHANGE-REPL-ID");

    /// <summary>Starts the server on what its folder holds.</summary>
    public async Task Start()
    {
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.Root, "--save", "",
            "--appendonly", "yes", "--appendfsync", _fsync, "--maxmemory-policy", "noeviction", "--daemonize", "no",
            "--enable-debug-command", "local", "--repl-diskless-sync-delay", "0", .. _more,
        ];
        _process = ServerProcess.Start(Installed.Require(Installed.Redis), arguments, _folder.Root);
        await Eventually.Holds(() => Ports.Answers(Port), what: $"redis-server answers on port {Port}");
        _connection ??= await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},{Patient}");
    }

    /// <summary>An orderly stop (SIGTERM).</summary>
    public async Task Stop()
    {
        await Running.Terminate();
        Running.Dispose();
        _process = null;
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        await Running.Kill();
        Running.Dispose();
        _process = null;
    }

    /// <summary>kill -9 and start again with the same data.</summary>
    public async Task Restart()
    {
        await Kill();
        await Start();
        await Eventually.Holds(async () => await Database.PingAsync() >= TimeSpan.Zero, what: "the connection is back");
    }

    /// <summary>Becomes a replica of another server. Returns when it has what the other has.</summary>
    public async Task Follow(RedisServer primary)
    {
        await Server.ExecuteAsync("REPLICAOF", "127.0.0.1", primary.Port);
        await Eventually.Holds(async () => (await Replication()).Contains("master_link_status:up", StringComparison.Ordinal),
            what: $"the server at {Port} follows the one at {primary.Port}");
    }

    /// <summary>
    /// Becomes a replica of a server that does not exist: its data stays as it is, and it answers reads.
    /// </summary>
    public Task CutOff() => Server.ExecuteAsync("REPLICAOF", "127.0.0.1", Ports.Free());

    /// <summary>Is promoted.</summary>
    public Task Lead() => Server.ExecuteAsync("REPLICAOF", "NO", "ONE");

    /// <summary>The answer of INFO replication.</summary>
    public async Task<string> Replication() => (string)(await Server.ExecuteAsync("INFO", "replication"))!;

    /// <summary>SIGSTOP: connected, silent.</summary>
    public void Pause() => Running.Pause();

    /// <summary>SIGCONT.</summary>
    public void Resume() => Running.Resume();

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (_process is not null)
            await Kill();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private ServerProcess Running => _process ?? throw new InvalidOperationException("redis-server is not running");
}
