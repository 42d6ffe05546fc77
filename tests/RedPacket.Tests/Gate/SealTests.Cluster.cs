using System.Text.RegularExpressions;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Gate;

// The second half of the seal: the node of a cluster.
public sealed partial class SealTests
{
    /// <summary>
    /// A replica that starts while it does not know the address of its primary calls itself a primary, and has the
    /// replication id of its snapshot: that of its primary. A takeover changes neither.
    /// </summary>
    [Fact]
    public async Task ReplicaInAClusterThatIsTakenOver_IsShut_ThoughItHasTheIdOfItsPrimary()
    {
        var (primaryBus, replicaBus) = (Ports.Free(), Ports.Free());
        await using var primary = Node(primaryBus);
        await using var replica = Node(replicaBus);
        await Task.WhenAll(primary.Start(), replica.Start());
        await primary.Server.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
        await primary.Server.ExecuteAsync("CLUSTER", "SET-CONFIG-EPOCH", 1);
        await replica.Server.ExecuteAsync("CLUSTER", "SET-CONFIG-EPOCH", 2);
        await replica.Server.ExecuteAsync("CLUSTER", "MEET", "127.0.0.1", primary.Port, primaryBus);
        var id = (string)(await primary.Server.ExecuteAsync("CLUSTER", "MYID"))!;
        await Says(replica, "NODES", $"{id} ");
        await replica.Server.ExecuteAsync("CLUSTER", "REPLICATE", id);
        await Eventually.Holds(
            async () => (await Replication(replica)).Contains("master_link_status:up", StringComparison.Ordinal),
            what: "the replica follows");
        await Says(primary, "INFO", "cluster_state:ok");
        await using (var client = await primary.Connect())
            await OpenGate.Of(client);
        await Synced(replica, primary);
        Assert.True(await IsOpen(primary));
        var seal = (await Replication(primary)).Split("master_replid:")[1][..40];

        await replica.Server.ExecuteAsync("SAVE");
        await Task.WhenAll(primary.Kill(), replica.Kill());
        await ForgetAddress(replica, id);
        await replica.Start();
        await Eventually.Holds(async () => (string?)await replica.Server.ExecuteAsync("CLUSTER", "FAILOVER", "TAKEOVER") == "OK");

        await Says(replica, "NODES", "myself,master");
        Assert.Contains($"master_replid:{seal}", await Replication(replica), StringComparison.Ordinal);
        Assert.Contains("role:master", await Replication(replica), StringComparison.Ordinal);
        Assert.False(await IsOpen(replica));
        await using (var client = await replica.Connect())
            await OpenGate.Of(client);
        Assert.True(await IsOpen(replica));
    }

    // With a snapshot in place of a log, which does not keep the replication id.
    private static RedisServer Node(int busPort) => new(
        "always", "--appendonly", "no", "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no",
        "--cluster-port", busPort.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static Task Says(RedisServer node, string what, string text) => Eventually.Holds(
        async () => ((string)(await node.Server.ExecuteAsync("CLUSTER", what))!).Contains(text, StringComparison.Ordinal),
        what: $"CLUSTER {what} at {node.Port} says {text}");

    private static async Task ForgetAddress(RedisServer node, string id)
    {
        var file = Path.Combine(node.Data, "nodes.conf");
        var lines = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        var without = Regex.Replace(lines, $@"^{id} \S+ master ", $"{id} :0@0 master,noaddr ", RegexOptions.Multiline);
        Assert.NotEqual(lines, without);
        await File.WriteAllTextAsync(file, without, TestContext.Current.CancellationToken);
    }
}
