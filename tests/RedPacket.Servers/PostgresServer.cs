using System.Globalization;
using Npgsql;

namespace RedPacket.Servers;

/// <summary>
/// A private PostgreSQL on a free port and a private folder, with fsync on. <see cref="NewDatabase"/> makes a database
/// for each test. PostgreSQL refuses to run as root, so then its folder and its process belong to the user that
/// Debian's package made.
/// </summary>
public class PostgresServer : IAsyncDisposable
{
    private const string Role = "redpacket";
    private readonly Folder _folder = new("postgres");
    private ServerProcess? _process;
    private int _databases;

    /// <summary>The TCP port, the same over restarts.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>Its process id.</summary>
    public int Id => Running.Id;

    /// <summary>Further settings for the next start, such as <c>fsync=off</c>.</summary>
    public IReadOnlyList<string> Settings { get; set; } = [];

    /// <summary>A database in Npgsql's form.</summary>
    public string ConnectionString(string database)
    {
        Installed.Require(Installed.Postgres);
        return string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Database={database};Username={Role}");
    }

    /// <summary>A database that nobody has used, in Npgsql's form.</summary>
    public async Task<string> NewDatabase()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"ledger{Interlocked.Increment(ref _databases)}");
        await Execute($"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    /// <summary>Runs a superuser's statement in another database than the one under test.</summary>
    public async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts the server on its folder, which is made the first time.</summary>
    public async Task Start()
    {
        if (!Directory.Exists(Data))
            await Make();
        string[] settings =
        [
            "listen_addresses=127.0.0.1", $"unix_socket_directories={_folder.Root}", "fsync=on", "synchronous_commit=on",
            "shared_buffers=32MB", "max_wal_size=256MB", "max_connections=100", "log_min_messages=warning", .. Settings,
        ];
        var (program, arguments) = OwnersCommand("postgres",
            ["-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), .. settings.SelectMany(setting => new[] { "-c", setting })]);
        _process = ServerProcess.Start(program, arguments, _folder.Root);
        await Eventually.Holds(async () =>
        {
            await Execute("SELECT 1");
            return true;
        }, what: $"PostgreSQL answers on port {Port}");
    }

    private async Task Make()
    {
        Installed.Require(Installed.Postgres);
        if (IsRoot)
            await Run("chown", "postgres", _folder.Root);
        await AsOwner("initdb", "-D", Data, "-U", Role, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
    }

    /// <summary>An orderly stop that cuts off every connection (fast).</summary>
    public async Task Stop()
    {
        await AsOwner("pg_ctl", "stop", "-D", Data, "-m", "fast", "-w");
        await Running.Ended();
        Running.Dispose();
        _process = null;
    }

    /// <summary>kill -9 of all its processes.</summary>
    public async Task Kill()
    {
        await Running.Kill();
        Running.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP of all its processes: connected, silent.</summary>
    public void Pause() => Running.PauseAll();

    /// <summary>SIGCONT.</summary>
    public void Resume() => Running.ResumeAll();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await Kill();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private string Data => _folder.File("data");

    private ServerProcess Running => _process ?? throw new InvalidOperationException("PostgreSQL is not running");

    private Task AsOwner(string program, params string[] arguments)
    {
        var (owners, all) = OwnersCommand(program, arguments);
        return Run(owners, all);
    }

    private async Task Run(string program, params string[] arguments)
    {
        var (code, output) = await ServerProcess.Run(program, arguments, _folder.Root);
        if (code != 0)
            throw new InvalidOperationException($"{program} ended with {code}:\n{output}");
    }

    private static (string Program, string[] Arguments) OwnersCommand(string program, string[] arguments)
    {
        var path = Path.Combine(Path.GetDirectoryName(Installed.Require(Installed.Postgres))!, program);
        return IsRoot
            ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", path, .. arguments])
            : (path, arguments);
    }
}
