using System.Collections.Concurrent;
using System.Text.Json;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Operations;

public sealed partial class SplitServiceTests
{
    // HAProxy shares its open connections among clients, and sends to a node until a check has failed. A node that
    // refused calls from the moment it is told to stop would show its refusals to clients.
    [Fact]
    public async Task NodeThatStopsInGoodOrder_BehindAProxyThatKeepsConnections_FailsNoCall()
    {
        using var proxy = new ProxyServer(programs.All[0].Address, programs.All[1].Address);
        await proxy.Start();
        var sent = await Send(programs.All[0], "key-proxy");
        var packet = JsonDocument.Parse(sent.Body).RootElement.GetProperty("packetId").GetString()!;
        var (calls, nodes) = (new ConcurrentDictionary<int, int>(), new ConcurrentDictionary<string, int>());
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                var answer = await Call(proxy.Address, HttpMethod.Post, $"/api/v1/packets/{packet}/grabs", $"caller-{caller}");
                if (answer.Headers.TryGetValues(ProxyServer.Node, out var node))
                    nodes.AddOrUpdate(node.Single(), 1, (_, count) => count + 1);
                calls.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
            }
        })).ToArray();

        await Eventually.Holds(
            () => nodes.GetValueOrDefault("node0") > 100 && nodes.GetValueOrDefault("node1") > 100, what: "both nodes answer calls");
        Assert.Equal(0, await programs.All[1].Stop());
        try
        {
            var stopped = calls.Values.Sum();
            await Eventually.Holds(() => calls.Values.Sum() > stopped + 200, what: "calls are answered by the other node");
            await enough.CancelAsync();
            await Task.WhenAll(callers);

            Assert.Equal([200], calls.Keys);
        }
        finally
        {
            await programs.All[1].Start(untilReady: false);
        }
    }
}
