using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Servers;

/// <summary>A second redis-server that follows a first one, can be cut off from it, and can take its place.</summary>
public sealed class RedisReplica : IAsyncDisposable
{
    private readonly Folder _folder;
    private readonly ServerProcess _process;
    private readonly ConnectionMultiplexer _connection;

    private RedisReplica(Folder folder, ServerProcess process, ConnectionMultiplexer connection)
    {
        _folder = folder;
        _process = process;
        _connection = connection;
    }

    /// <summary>Started, and holding everything that the other holds.</summary>
    public static async Task<RedisReplica> Of(RedisServer primary)
    {
        var (folder, port) = (new Folder("redis-replica"), Ports.Free());
        string[] arguments =
        [
            "--port", Text(port), "--bind", "127.0.0.1", "--dir", folder.Root, "--save", "", "--appendonly", "yes",
            "--appendfsync", "always", "--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", Text(primary.Port),
        ];
        var process = ServerProcess.Start(Installed.Require(Installed.Redis), arguments, folder.Root);
        await Eventually.Holds(() => Ports.Answers(port), what: $"the replica answers on port {port}");
        var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Text(port)},allowAdmin=true,connectTimeout=2000");
        var replica = new RedisReplica(folder, process, connection);
        await Eventually.Holds(replica.Follows, what: "the replica follows");
        return replica;
    }

    /// <summary>The link is cut: what the primary takes from now on does not arrive.</summary>
    public Task CutOff() => Execute("REPLICAOF", "127.0.0.1", Text(Ports.Free()));

    /// <summary>Promoted, and reachable where the primary was, which must be gone.</summary>
    public async Task TakePlaceOf(RedisServer primary)
    {
        await Execute("REPLICAOF", "NO", "ONE");
        await Execute("CONFIG", "SET", "port", Text(primary.Port));
        await Eventually.Holds(() => Ports.Answers(primary.Port), what: "the promoted replica answers in the primary's place");
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _process.Kill();
        _process.Dispose();
        _folder.Dispose();
    }

    private async Task<bool> Follows() =>
        (await Execute("INFO", "replication")).ToString().Contains("master_link_status:up", StringComparison.Ordinal);

    private Task<RedisResult> Execute(string command, params object[] arguments) =>
        _connection.GetDatabase().ExecuteAsync(command, arguments);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
