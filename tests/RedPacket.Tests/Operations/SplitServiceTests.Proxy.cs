using System.Collections.Concurrent;
using System.Text.Json;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Operations;

public sealed partial class SplitServiceTests
{
    // HAProxy shares its open connections among clients, and does not repeat a POST. If a node closed such a connection
    // just when a request is sent, the client would get a 502.
    [Fact]
    public async Task NodeThatStopsInGoodOrder_BehindAProxyThatKeepsConnections_FailsNoCall()
    {
        using var proxy = new ProxyServer(programs.All[0].Address, programs.All[1].Address);
        await proxy.Start();
        var sent = await Send(programs.All[0], "key-proxy");
        var packet = JsonDocument.Parse(sent.Body).RootElement.GetProperty("packetId").GetString()!;
        var calls = new ConcurrentDictionary<int, int>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                var answer = await Call(proxy.Address, HttpMethod.Post, $"/api/v1/packets/{packet}/grabs", $"caller-{caller}");
                calls.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
            }
        })).ToArray();

        await Eventually.Holds(() => calls.Values.Sum() > 200, what: "calls are answered");
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
