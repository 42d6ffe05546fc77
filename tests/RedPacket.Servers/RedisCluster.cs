using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Servers;

/// <summary>
/// A private Redis Cluster of three primaries, each with a replica. It takes a node for dead after five seconds,
/// because a busy machine may be silent for less, and serves the other slots meanwhile.
/// </summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Primaries = 3;
    private const int Slots = 16_384;
    private const int KeysPerCall = 1000;
    private readonly int[] _busPorts = [.. Enumerable.Range(0, 2 * Primaries).Select(_ => Ports.Free())];
    private readonly RedisServer[] _nodes;

    private RedisCluster() => _nodes = [.. _busPorts.Select(port => new RedisServer(
        "always", "--cluster-enabled", "yes", "--cluster-node-timeout", "5000", "--cluster-require-full-coverage", "no",
        "--cluster-port", Text(port)))];

    /// <summary>All servers: first those that were made primaries, then the replica of each.</summary>
    public IReadOnlyList<RedisServer> Nodes => _nodes;

    /// <summary>Names every node.</summary>
    public string ConnectionString =>
        string.Join(',', _nodes.Select(node => $"127.0.0.1:{Text(node.Port)}")) + ",abortConnect=false";

    /// <summary>Starts all nodes and waits until each slot is served and each replica follows.</summary>
    public static async Task<RedisCluster> Start()
    {
        var cluster = new RedisCluster();
        try
        {
            await Task.WhenAll(cluster._nodes.Select(node => node.Start()));
            await cluster.Join();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The number of a key's slot.</summary>
    public int SlotOf(string key) => _nodes[0].Connection.HashSlot(key);

    /// <summary>The primary that serves a key, as it says itself. Waits while none does.</summary>
    public async Task<RedisServer> PrimaryOf(string key) =>
        (await Eventually.Yields(() => FindPrimaryOf(key), node => node is not null, what: $"a node serves {key}"))!;

    private async Task<RedisServer?> FindPrimaryOf(string key)
    {
        foreach (var node in _nodes.Where(node => node.IsRunning))
        {
            if ((await NodesSeenBy(node)).Single(line => line.IsItself) is { IsPrimary: true } line && line.Has(SlotOf(key)))
                return node;
        }
        return null;
    }

    /// <summary>The servers that replicate this one, as they say themselves.</summary>
    public async Task<IReadOnlyList<RedisServer>> ReplicasOf(RedisServer primary)
    {
        var id = await IdOf(primary);
        List<RedisServer> replicas = [];
        foreach (var node in _nodes.Where(node => node.IsRunning && node != primary))
        {
            if ((await NodesSeenBy(node)).Single(line => line.IsItself).Primary == id)
                replicas.Add(node);
        }
        return replicas;
    }

    /// <summary>A replica and its primary change places in good order. Returns when every node knows it.</summary>
    public async Task FailOver(RedisServer replica)
    {
        await Eventually.Holds(async () =>
        {
            // Redis gives up after 5 s, as on a machine without a processor to spare, and tells nobody.
            await Cluster(replica, "FAILOVER");
            return await IsSoonPrimary(replica);
        }, what: "the replica is the primary");
        var id = await IdOf(replica);
        await Everywhere(lines => lines.Any(line => line.Id == id && line.IsPrimary), "all nodes know the new primary");
        await Eventually.Holds(AllFollow, what: "every replica follows its primary");
    }

    /// <summary>
    /// Moves a slot key by key, as <c>redis-cli --cluster reshard</c> does. Returns how many keys it had.
    /// </summary>
    public async Task<int> MoveSlot(int slot, RedisServer from, RedisServer to)
    {
        var (source, target) = (await IdOf(from), await IdOf(to));
        await Cluster(to, "SETSLOT", slot, "IMPORTING", source);
        await Cluster(from, "SETSLOT", slot, "MIGRATING", target);
        var moved = 0;
        while ((RedisValue[]?)await Cluster(from, "GETKEYSINSLOT", slot, KeysPerCall) is { Length: > 0 } keys)
        {
            await from.Server.ExecuteAsync("MIGRATE", ["127.0.0.1", to.Port, "", 0, 60_000, "KEYS", .. keys.Select(key => (string)key!)]);
            moved += keys.Length;
        }
        // The target is told first: if it were the last, a client might be sent back and forth.
        foreach (var node in (RedisServer[])[to, from, .. _nodes.Where(node => node != to && node != from)])
        {
            if ((await NodesSeenBy(node)).Single(line => line.IsItself).IsPrimary)
                await Cluster(node, "SETSLOT", slot, "NODE", target);
        }
        return moved;
    }

    /// <summary>Waits until every running node says that all slots are served.</summary>
    public Task IsWhole() => Eventually.Holds(async () =>
    {
        foreach (var node in _nodes.Where(node => node.IsRunning))
            if (!((string)(await Cluster(node, "INFO"))!).Contains("cluster_state:ok", StringComparison.Ordinal))
                return false;
        return await AllFollow();
    }, what: "the cluster is whole");

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }

    private static async Task<bool> IsSoonPrimary(RedisServer node)
    {
        try
        {
            await Eventually.Holds(
                async () => (await NodesSeenBy(node)).Single(line => line.IsItself).IsPrimary, TimeSpan.FromSeconds(10));
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task Join()
    {
        for (var i = 0; i < Primaries; i++)
            await Cluster(_nodes[i], "ADDSLOTSRANGE", Slots * i / Primaries, (Slots * (i + 1) / Primaries) - 1);
        for (var i = 0; i < _nodes.Length; i++)
            await Cluster(_nodes[i], "SET-CONFIG-EPOCH", i + 1);
        foreach (var node in _nodes.Skip(1))
            await Cluster(node, "MEET", "127.0.0.1", _nodes[0].Port, _busPorts[0]);
        await Everywhere(lines => lines.Count == _nodes.Length && lines.TrueForAll(line => line.IsMet), "all nodes know each other");
        for (var i = 0; i < Primaries; i++)
            await Cluster(_nodes[Primaries + i], "REPLICATE", await IdOf(_nodes[i]));
        await IsWhole();
    }

    private async Task Everywhere(Func<List<NodeLine>, bool> holds, string what)
    {
        foreach (var node in _nodes.Where(node => node.IsRunning))
            await Eventually.Holds(async () => holds(await NodesSeenBy(node)), what: what);
    }

    private async Task<bool> AllFollow()
    {
        foreach (var node in _nodes.Where(node => node.IsRunning))
        {
            var info = await node.Replication();
            if (info.Contains("role:slave", StringComparison.Ordinal) && !info.Contains("master_link_status:up", StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    private static async Task<string> IdOf(RedisServer node) => (string)(await Cluster(node, "MYID"))!;

    // The client leaves the type before a text of the newer protocol.
    private static async Task<List<NodeLine>> NodesSeenBy(RedisServer node)
    {
        var text = ((string)(await Cluster(node, "NODES"))!).Split("txt:")[^1];
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => new NodeLine(line))];
    }

    private static Task<RedisResult> Cluster(RedisServer node, params object[] arguments) =>
        node.Server.ExecuteAsync("CLUSTER", arguments);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A line of CLUSTER NODES: id, address, flags, primary, ping, pong, epoch, link, slots.</summary>
    private sealed class NodeLine(string line)
    {
        private readonly string[] _parts = line.Split(' ');

        public string Id => _parts[0];

        public string Primary => _parts[3];

        public bool IsItself => Flags.Contains("myself");

        public bool IsPrimary => Flags.Contains("master");

        public bool IsMet => !Flags.Contains("handshake") && _parts[7] == "connected";

        private string[] Flags => _parts[2].Split(',');

        /// <summary>Slots that are moving stand in brackets behind the others.</summary>
        public bool Has(int slot) => _parts.Skip(8).Where(part => part[0] != '[').Select(part => part.Split('-')).Any(range =>
            slot >= int.Parse(range[0], CultureInfo.InvariantCulture) && slot <= int.Parse(range[^1], CultureInfo.InvariantCulture));
    }
}
