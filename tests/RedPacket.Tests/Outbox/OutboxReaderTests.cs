using System.Globalization;
using RedPacket.Outbox;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Outbox;

/// <summary>The relay reads as many entries as fit into a message, and not many more.</summary>
[Needs("servers")]
public sealed class OutboxReaderTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task LongEntries_AreReadUpToTheLimitOfAMessage_AndATooLongOneAlone()
    {
        var book = await NewBook();
        int[] lengths = [125_000, 125_000, 125_000, 1_000_000, 1];
        var seqs = await book.Put([.. lengths.Select((length, index) => new string((char)('a' + index), length))]);
        var reader = new OutboxReader(redis.Connection);
        List<int> counts = [];

        for (var read = 0; read < seqs.Length; read += counts[^1])
            counts.Add((await reader.Read(0, seqs[read], seqs[^1], most: 10)).Entries.Count);

        Assert.Equal([2, 1, 1, 1], counts);
    }

    [Fact]
    public async Task LongEntries_AreNotReadByTheThousand()
    {
        var book = await NewBook();
        var seqs = await book.Put([.. Enumerable.Range(0, 1000).Select(index => $"{index} {new string('x', 17_000)}")]);
        var reader = new OutboxReader(redis.Connection);
        var before = await BytesSent();

        var page = await reader.Read(0, seqs[0], seqs[^1], most: 1000);

        Assert.Equal(14, page.Entries.Count);
        Assert.InRange(await BytesSent() - before, 1_700_000, 1_800_000);
    }

    [Fact]
    public async Task ChunkThatIsReadAgain_HasEachEntryOnce_HoweverManyItHas()
    {
        var book = await NewBook();
        var seqs = await book.Put([.. Enumerable.Range(0, 1000).Select(index => $"{index}")]);
        var reader = new OutboxReader(redis.Connection);

        foreach (var count in Enumerable.Range(1, 20).Select(part => part * 50))
            Assert.Equal(seqs[..count], (await reader.Read(0, seqs[0], seqs[count - 1], 1000)).Entries.Select(entry => entry.Seq));
    }

    [Fact]
    public async Task ShortEntries_AreReadToTheEndOfTheChunk_InOrder()
    {
        var book = await NewBook();
        var seqs = await book.Put([.. Enumerable.Range(0, 1001).Select(index => $"{index}")]);
        var reader = new OutboxReader(redis.Connection);

        Assert.Equal(seqs[..600], (await reader.Read(0, seqs[0], seqs[^1], most: 600)).Entries.Select(entry => entry.Seq));
        Assert.Equal(seqs[500..], (await reader.Read(0, seqs[500], seqs[^1], most: 1000)).Entries.Select(entry => entry.Seq));
    }

    private async Task<long> BytesSent() => long.Parse(
        (await redis.Server.InfoAsync("stats")).Single().Single(line => line.Key == "total_net_output_bytes").Value,
        CultureInfo.InvariantCulture);

    private async Task<OutboxBook> NewBook()
    {
        await redis.Flush();
        return new OutboxBook(redis.Database);
    }
}
