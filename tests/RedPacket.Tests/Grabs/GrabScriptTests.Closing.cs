using RedPacket.Grabs;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Grabs;

/// <summary>The end of packets: closing many in a call, their largest share, and deleting them.</summary>
public abstract partial class GrabScriptTests
{
    [Fact]
    public async Task ManyPackets_AreClosedInOneCall_AndADamagedOneIsRefusedAlone()
    {
        var parts = await server.Fresh(outboxLimit: 8);
        string[] packets = [.. await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Send(parts, 100, 2)))];
        await Task.WhenAll(parts.Grabs.Grab(0, packets[1], "a"), parts.Grabs.Grab(0, packets[1], "b"));
        foreach (var due in packets[2..])
            await server.Database.HashSetAsync(PacketKeys.Packet(0, due), "expiry", 1);
        await server.Database.HashSetAsync(PacketKeys.Packet(0, packets[3]), "left", "much");
        await server.Database.KeyDeleteAsync(PacketKeys.Packet(0, packets[4]));
        await server.Database.StringSetAsync(PacketKeys.Packet(0, packets[4]), "not a hash");
        var gone = PacketId.New(0, s_now);
        await server.Database.SortedSetAddAsync(PacketKeys.Live(0), gone, 1);
        await server.Database.SortedSetAddAsync(PacketKeys.Made(0), gone, 1);

        var answers = await Close(parts, [.. packets, gone]);

        Assert.Equal(["early", "again", "expired", "damaged", "damaged", "expired", "unknown"], answers);
        var refunds = (await Outbox()).Where(entry => entry.Key.StartsWith('r')).OrderBy(entry => entry.Value).ToArray();
        Assert.Equal([packets[2], packets[5]], refunds.Select(entry => entry.Key.Split(' ')[1]));
        Assert.Equal((long)await server.Database.HashGetAsync(PacketKeys.Meta(0), "seq"), refunds[1].Value / 2);
        Assert.Equal(2, refunds[1].Value - refunds[0].Value);
        var scores = await server.Database.SortedSetScoresAsync(PacketKeys.Live(0), [.. packets.Append(gone).Select(id => (RedisValue)id)]);
        Assert.Equal([1, -1, -1, 1, 1, -1, 0], scores.Select(score => Math.Sign(score ?? 0)));
        Assert.True(scores[3] > scores[5] * -1, "a damaged packet is due again later");
        Assert.Null(await server.Database.SortedSetScoreAsync(PacketKeys.Made(0), gone));
        Assert.Equal(["early", "again", "again"], await Close(parts, packets[..3]));
    }

    [Fact]
    public async Task BestShare_IsTheFirstOfTheLargest()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 1000, 20);
        Assert.Null((await parts.Packets.Find(packet))!.Best);
        BestShare? best = null;
        for (var call = 0; call < 5; call++)
        {
            var won = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => parts.Grabs.Grab(0, packet, $"user{call}-{i}")));
            foreach (var (share, user) in won.Select((share, i) => (share, $"user{call}-{i}")))
                best = best?.AmountFen > share.AmountFen || (best?.AmountFen == share.AmountFen && best?.Ordinal < share.Ordinal)
                    ? best
                    : new BestShare(share.AmountFen, share.Ordinal, user);
            Assert.Equal(best, (await parts.Packets.Find(packet))!.Best);
        }
    }

    [Fact]
    public async Task BestShare_OfAPacketOfAnEarlierVersion_DoesNotBeginInTheMiddle()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 1000, 3);
        await parts.Grabs.Grab(0, packet, "a");
        await server.Database.HashDeleteAsync(PacketKeys.Packet(0, packet), PacketFields.Best);

        await parts.Grabs.Grab(0, packet, "b");

        Assert.Null((await parts.Packets.Find(packet))!.Best);
    }

    [Fact]
    public async Task ArchivedPackets_AreDeletedInOneCall_AndNotOnceTheirRunIsOver()
    {
        var parts = await server.Fresh();
        string[] packets = [await Send(parts, 100, 2), await Send(parts, 100, 2)];
        var other = await Send(parts, 100, 2);
        var run = (string)(await server.Database.HashGetAsync(PacketKeys.Meta(0), MetaFields.Run))!;

        Assert.False(await parts.Packets.Delete(0, "a run before", new("a", 1), packets));
        Assert.NotNull(await parts.Packets.Find(packets[0]));
        Assert.True(await parts.Packets.Delete(0, run, new("a", 1), packets));
        Assert.True(await parts.Packets.Delete(0, run, new("a", 1), packets));

        Assert.Equal([other], await parts.Packets.Newest(null, 10));
        Assert.Equal(1, await server.Database.SortedSetLengthAsync(PacketKeys.Live(0)));
        foreach (var packet in packets)
            Assert.Equal(0, await server.Database.KeyExistsAsync([PacketKeys.Packet(0, packet), PacketKeys.Shares(0, packet)]));
        Assert.Equal(GrabStatus.Won, (await parts.Grabs.Grab(0, other, "alice")).Status);
    }
}
