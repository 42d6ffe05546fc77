using System.Text.Json;
using RedPacket.Packets;
using RedPacket.Packets.Views;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Packets;

/// <summary>A packet that many look at is read for all of them together, and each of them sees each share.</summary>
[Needs("servers")]
public sealed class WatchedPacketTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Viewer_SeesEachShareOnce_UntilTheLedgerHasAll()
    {
        await using var service = await Service.Start(redis, null);
        var packet = await service.Send(100, 3);
        await service.Grabs.Grab(0, packet, "early");
        using var viewer = await View(service, packet);
        var (whole, last) = (viewer.Packet.Now!.Text, viewer.Packet.Now.Last);
        var ordinals = Ordinals(Parse(whole)).ToList();
        var settled = Parse(whole).GetProperty("grabs").EnumerateArray().Where(IsSettled).Select(Ordinal).ToList();
        await Task.WhenAll(service.Grabs.Grab(0, packet, "a"), service.Grabs.Grab(0, packet, "b"));

        var state = Parse(whole);
        await foreach (var change in Changes(last))
        {
            state = Parse(change.Json);
            ordinals.AddRange(Ordinals(state));
            settled.AddRange(state.GetProperty("grabs").EnumerateArray().Where(IsSettled).Select(Ordinal));
            settled.AddRange(state.GetProperty("settled").EnumerateArray().Select(ordinal => ordinal.GetInt32()));
        }

        Assert.Equal([1, 2, 3], ordinals);
        Assert.Equal([1, 2, 3], settled.Order());
        Assert.Equal(("emptied", 3, 100), (
            state.GetProperty("state").GetString(), state.GetProperty("grabbedCount").GetInt32(),
            state.GetProperty("grabbedFen").GetInt32()));
        Assert.Equal(JsonValueKind.Object, state.GetProperty("luckiest").ValueKind);
    }

    [Fact]
    public async Task PacketThatExpires_IsFollowedUntilItsRefund()
    {
        await using var service = await Service.Start(redis, null);
        var packet = await service.Send(100, 4);
        await service.Grabs.Grab(0, packet, "a");
        using var viewer = await View(service, packet);
        var last = viewer.Packet.Now!.Last;

        await service.Expires(packet);

        var end = Parse((await Changes(last).LastAsync(TestContext.Current.CancellationToken)).Json);
        var granted = end.GetProperty("grabbedFen").GetInt32();
        Assert.Equal(("expired", 0, 100 - granted), (
            end.GetProperty("state").GetString(), end.GetProperty("leftFen").GetInt32(), end.GetProperty("refundedFen").GetInt32()));
    }

    [Fact]
    public async Task ManyViewers_ShareOneReader_AndNobodyReadsWhenTheyHaveGone()
    {
        await using var service = await Service.Start(redis, null);
        var packet = await service.Send(100, 3);
        var watched = service.Of<WatchedPackets>();

        var viewers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => View(service, packet)));

        Assert.Equal(1, watched.Count);
        Assert.Single(viewers.Select(viewer => viewer.Packet).Distinct());
        var events = viewers.Select(viewer => viewer.Packet.Now!.Last).ToArray();
        await service.Grabs.Grab(0, packet, "a");
        // One text for all of them.
        Assert.Single((await Task.WhenAll(events.Select(last => last.Next.WaitAsync(s_limit)))).Distinct());
        foreach (var viewer in viewers)
            viewer.Dispose();
        Assert.Equal(0, watched.Count);
        // A viewer who comes later sees the next share. Those who have gone would have seen it by then.
        using var later = await View(service, packet);
        var last = later.Packet.Now!.Last;
        await service.Grabs.Grab(0, packet, "b");
        await Changes(last).FirstAsync(change => Ordinals(Parse(change.Json)).Contains(2), TestContext.Current.CancellationToken);
        await Changes(last).Skip(1).FirstAsync(TestContext.Current.CancellationToken);
        Assert.Equal([1], viewers[0].Packet.Now!.Grabs.Select(grab => grab.Ordinal));
    }

    [Fact]
    public async Task PacketOfManyShares_IsWatchedByItsNewest()
    {
        const int many = WatchedPacket.SharesKept + 10;
        await using var service = await Service.Start(redis, null);
        var packet = await service.Send(10 * many, many + 1);
        await Task.WhenAll(Enumerable.Range(1, many - 1).Select(user => service.Grabs.Grab(0, packet, $"user{user}")));
        using var viewer = await View(service, packet);
        Assert.Equal(Enumerable.Range(10, WatchedPacket.SharesKept), Ordinals(Parse(viewer.Packet.Now!.Text)));
        var last = viewer.Packet.Now.Last;

        await service.Grabs.Grab(0, packet, "last");

        await Changes(last).FirstAsync(change => Ordinals(Parse(change.Json)).Contains(many), TestContext.Current.CancellationToken);
        using var next = await View(service, packet);
        Assert.Equal(Enumerable.Range(11, WatchedPacket.SharesKept), Ordinals(Parse(next.Packet.Now!.Text)));
    }

    [Fact]
    public async Task PacketThatHasForgottenAShare_BeginsAnew()
    {
        await using var service = await Service.Start(redis, null);
        var packet = await service.Send(100, 5);
        await service.Grabs.Grab(0, packet, "kept");
        var key = PacketKeys.Packet(0, packet);
        var before = await redis.Database.HashGetAllAsync(key);
        await service.Grabs.Grab(0, packet, "forgotten");
        using var viewer = await View(service, packet);
        var last = viewer.Packet.Now!.Last;
        Assert.Equal([1, 2], Ordinals(Parse(viewer.Packet.Now.Text)));

        // As after the restart of a Redis that was behind, before the share is brought back.
        await GoBack(key, before);

        var anew = await Changes(last).FirstAsync(
            change => change.Name == PacketEvent.Whole, TestContext.Current.CancellationToken);
        Assert.Equal([1], Ordinals(Parse(anew.Json)));
    }

    [Fact]
    public async Task ShareInAnothersPlace_IsNoticedWithTheNextShare()
    {
        await using var service = await Service.Start(redis, null);
        var packet = await service.Send(100, 5);
        var key = PacketKeys.Packet(0, packet);
        await service.Grabs.Grab(0, packet, "kept");
        var before = await redis.Database.HashGetAllAsync(key);
        await service.Grabs.Grab(0, packet, "forgotten");
        using var viewer = await View(service, packet);

        // The other one gets the same ordinal, and so the same amount: sums do not tell them apart.
        await GoBack(key, before);
        await service.Grabs.Grab(0, packet, "other");
        await service.Grabs.Grab(0, packet, "third");

        var told = await Eventually.Yields(
            () => Task.FromResult(viewer.Packet.Now!.Grabs), grabs => grabs.Any(grab => grab.UserId == "third"));
        Assert.Equal(["kept", "other", "third"], told.Select(grab => grab.UserId));
    }

    [Fact]
    public async Task UnknownPacket_IsNotWatched()
    {
        await using var service = await Service.Start(redis, null);

        Assert.Null(await service.Of<WatchedPackets>().View("0-0123456789abcdef0123456789abcdef"));
        Assert.Equal(0, service.Of<WatchedPackets>().Count);
    }

    private async Task GoBack(RedisKey key, HashEntry[] before)
    {
        var restart = redis.Database.CreateTransaction();
        _ = restart.KeyDeleteAsync(key);
        _ = restart.HashSetAsync(key, before);
        Assert.True(await restart.ExecuteAsync());
    }

    private static async Task<PacketViewer> View(Service service, string packet) =>
        Assert.IsType<PacketViewer>(await service.Of<WatchedPackets>().View(packet));

    // Ends when the packet's events end.
    private static async IAsyncEnumerable<PacketEvent> Changes(PacketEvent last)
    {
        while (await last.Next.WaitAsync(s_limit, TestContext.Current.CancellationToken) is { } next)
        {
            last = next;
            yield return next;
        }
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static IEnumerable<int> Ordinals(JsonElement packet) => packet.GetProperty("grabs").EnumerateArray().Select(Ordinal);

    private static int Ordinal(JsonElement grab) => grab.GetProperty("ordinal").GetInt32();

    private static bool IsSettled(JsonElement grab) => grab.GetProperty("settled").ValueKind == JsonValueKind.True;
}
