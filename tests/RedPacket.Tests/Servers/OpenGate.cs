using RedPacket.Gate;
using StackExchange.Redis;

namespace RedPacket.Tests.Servers;

internal static class OpenGate
{
    /// <summary>Opens the gate of a shard under a new run, as the gate's keeper does when it has compared.</summary>
    public static async Task Of(IConnectionMultiplexer redis, int shard = 0, bool isEmbedded = false)
    {
        var opening = new GateOpening(redis, shard, TimeProvider.System, isEmbedded);
        Assert.True(await opening.Take());
        await opening.Begin(0, fences: false);
        await opening.Open();
    }
}
