using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Outbox;

[Needs("servers")]
public sealed class OutboxAcknowledgementTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("", "")]
    [InlineData("4", "4-4")]
    [InlineData("2 4 6", "2-6")]
    [InlineData("2 4 8 10 15", "2-4 8-10 15-15")]
    [InlineData("2 3 5 7", "2-2 3-7")]
    [InlineData("4 2 2", "4-4 2-2 2-2")]
    public void DeliveryNumbers_AreSplitIntoRunsThatStepByTwo(string seqs, string runs)
    {
        var numbers = seqs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).ToList();

        Assert.Equal(runs, string.Join(' ', OutboxAcknowledgement.Ranges(numbers).Select(range => $"{range.First}-{range.Last}")));
    }

    [Fact]
    public async Task SomeOfAChunkRecorded_OnlyTheseLeave()
    {
        await redis.Flush();
        var book = new OutboxBook(redis.Database);
        var live = await book.Put([.. Enumerable.Range(1, 10).Select(book.Grab)]);
        var slow = await book.Put([.. Enumerable.Range(11, 4).Select(book.Grab)], slow: true);

        long[] recorded = [.. live[..3], .. live[5..], slow[0], slow[2]];
        await new OutboxAcknowledgement(redis.Connection).Remove(0, recorded, "a", 1);
        await new OutboxAcknowledgement(redis.Connection).Remove(0, recorded, "a", 1);

        Assert.Equal([live[3], live[4], slow[1], slow[3]], await book.Seqs());
    }

    [Fact]
    public async Task Depth_CountsEntriesAndTheTimeOfTheOldest()
    {
        await redis.Flush();
        var book = new OutboxBook(redis.Database, shard: 7);
        await book.Grabs(3);
        await redis.Database.SetAddAsync(PacketKeys.Shards, 3);

        var depth = await new OutboxDepth(redis.Connection).Read();

        Assert.Equal([new ShardDepth(3, 0, null), new ShardDepth(7, 3, DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_001))], depth);
    }
}
