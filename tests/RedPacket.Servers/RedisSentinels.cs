using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Servers;

/// <summary>
/// A private primary with two replicas, and three sentinels that take the primary for dead after three seconds. A
/// primary without a replica takes no writes.
/// </summary>
public sealed class RedisSentinels : IAsyncDisposable
{
    private const string Name = "house";
    private readonly Folder _folder = new("sentinels");
    private readonly int[] _ports = [Ports.Free(), Ports.Free(), Ports.Free()];
    private readonly RedisServer[] _nodes = [.. Enumerable.Range(0, 3).Select(_ => new RedisServer(
        "always", "--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"))];
    private readonly List<ServerProcess> _sentinels = [];
    private ConnectionMultiplexer? _connection;

    /// <summary>Names the sentinels, and not the servers.</summary>
    public string ConnectionString => $"{Addresses},serviceName={Name},abortConnect=false";

    /// <summary>Started: the replica follows, and each sentinel knows both servers and the other sentinels.</summary>
    public static async Task<RedisSentinels> Start()
    {
        var sentinels = new RedisSentinels();
        try
        {
            await Task.WhenAll(sentinels._nodes.Select(node => node.Start()));
            foreach (var replica in sentinels._nodes.Skip(1))
                await replica.Follow(sentinels._nodes[0]);
            await sentinels.Watch();
            return sentinels;
        }
        catch
        {
            await sentinels.DisposeAsync();
            throw;
        }
    }

    /// <summary>The primary, as the sentinels say.</summary>
    public async Task<RedisServer> Primary()
    {
        var address = (string[])(await Ask("GET-MASTER-ADDR-BY-NAME", Name))!;
        return _nodes.Single(node => Text(node.Port) == address[1]);
    }

    /// <summary>A replica is promoted though the primary is well. Returns when the sentinels have begun.</summary>
    public Task FailOver() => Ask("FAILOVER", Name);

    /// <summary>Waits until both replicas follow, and the sentinels know it.</summary>
    public Task IsWhole() => Eventually.Holds(async () =>
    {
        var primary = await Primary();
        foreach (var replica in _nodes.Where(node => node != primary))
            if (!(await replica.Replication()).Contains("master_link_status:up", StringComparison.Ordinal))
                return false;
        return ((string)(await Ask("CKQUORUM", Name))!).Contains("OK 3", StringComparison.Ordinal) && await CanFailOver();
    }, what: "the replicas follow, and the sentinels know it");

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        foreach (var sentinel in _sentinels)
            sentinel.Dispose();
        foreach (var node in _nodes)
            await node.DisposeAsync();
        _folder.Dispose();
    }

    private string Addresses => string.Join(',', _ports.Select(port => $"127.0.0.1:{Text(port)}"));

    private async Task Watch()
    {
        foreach (var port in _ports)
        {
            var file = _folder.File($"{Text(port)}.conf");
            await File.WriteAllTextAsync(file, $"""
                port {Text(port)}
                bind 127.0.0.1
                dir {_folder.Root}
                sentinel monitor {Name} 127.0.0.1 {Text(_nodes[0].Port)} 2
                sentinel down-after-milliseconds {Name} 3000
                sentinel failover-timeout {Name} 5000

                """);
            _sentinels.Add(ServerProcess.Start(Installed.Require(Installed.Redis), [file, "--sentinel"], _folder.Root));
        }
        foreach (var port in _ports)
            await Eventually.Holds(() => Ports.Answers(port), what: $"the sentinel answers on port {port}");
        var options = ConfigurationOptions.Parse($"{Addresses},allowAdmin=true");
        options.CommandMap = CommandMap.Sentinel;
        _connection = await ConnectionMultiplexer.ConnectAsync(options);
        await IsWhole();
    }

    // As the first sentinel says.
    private async Task<bool> CanFailOver()
    {
        var replicas = (RedisResult[])(await Ask("REPLICAS", Name))!;
        return replicas.Length == _nodes.Length - 1 && replicas.All(replica => replica.ToDictionary() is var facts
            && (string?)facts["flags"] == "slave" && (string?)facts["master-link-status"] == "ok");
    }

    private Task<RedisResult> Ask(params object[] arguments) =>
        _connection!.GetServer("127.0.0.1", _ports[0]).ExecuteAsync("SENTINEL", arguments);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
