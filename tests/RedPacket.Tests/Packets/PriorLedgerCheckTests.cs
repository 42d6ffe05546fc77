using Microsoft.Extensions.Logging.Abstractions;
using RedPacket.Ledger;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Packets;

/// <summary>The answer of Redis whether a ledger existed before.</summary>
[Needs("servers")]
public sealed class PriorLedgerCheckTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task UnopenedShard_NamesNoLedger()
    {
        await redis.Flush();
        await redis.Database.SetAddAsync(PacketKeys.Shards, [0, 1]);

        Assert.Null(new PriorLedgerCheck(redis.Connection).WhyNoNewLedger());
    }

    [Fact]
    public async Task GateOpenedBefore_NoLedgerIsCreatedUntilRedisIsFlushed()
    {
        await using (var service = await Service.Start(redis, postgres: null))
        {
            var options = new LedgerOptions();
            var refusal = Assert.Throws<LedgerUnavailableException>(
                () => service.Of<LedgerCreation>().MustBeAllowed(options, "here", NullLogger.Instance));
            Assert.Contains("Ledger:BeginAnew", refusal.Message, StringComparison.Ordinal);
        }

        await redis.Flush();

        Assert.Null(new PriorLedgerCheck(redis.Connection).WhyNoNewLedger());
    }

    [Fact]
    public async Task RedisDown_NoLedgerIsCreated()
    {
        await using var other = await redis.Connect("connectTimeout=500,asyncTimeout=500");
        await redis.Stop();

        var reason = new PriorLedgerCheck(other).WhyNoNewLedger();
        await redis.Start();

        Assert.Contains("does not answer", reason, StringComparison.Ordinal);
    }
}
