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
        var (answered, nodes) = (0, new ConcurrentDictionary<string, int>());
        var failures = new ConcurrentQueue<string>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                var answer = await Call(proxy.Address, HttpMethod.Post, $"/api/v1/packets/{packet}/grabs", $"caller-{caller}");
                if (answer.Headers.TryGetValues(ProxyServer.Node, out var node))
                    nodes.AddOrUpdate(node.Single(), 1, (_, count) => count + 1);
                Interlocked.Increment(ref answered);
                if (answer.Status != 200)
                    failures.Enqueue($"{answer.Status} {answer.Body}");
            }
        })).ToArray();

        await Eventually.Holds(
            () => nodes.GetValueOrDefault("node0") > 100 && nodes.GetValueOrDefault("node1") > 100, what: "both nodes answer calls");
        Assert.Equal(0, await programs.All[1].Stop());
        try
        {
            var stopped = Volatile.Read(ref answered);
            await Eventually.Holds(() => Volatile.Read(ref answered) > stopped + 200, what: "calls are answered by the other node");
            await enough.CancelAsync();
            await Task.WhenAll(callers);

            Assert.Empty(failures);
        }
        finally
        {
            await programs.All[1].Start(untilReady: false);
        }
    }
}
