using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Grabs;

// Packets of which a process knows every winner (PROTOCOL 3.5).
public abstract partial class GrabScriptTests
{
    [Fact]
    public async Task FinalPacket_IsAskedForOnBehalfOfItsWinnersOnly()
    {
        var (parts, packet) = await Emptied();
        // A question to Redis finds nothing now.
        await server.Database.KeyDeleteAsync(PacketKeys.Packet(0, packet));
        var other = await Send(parts, 100, 1);
        var grabs = new[] { "late1", "winner1", "late2" }.Select(user => parts.Grabs.Grab(0, packet, user));
        var answers = await Task.WhenAll(grabs.Append(parts.Grabs.Grab(0, other, "late1")));
        Assert.Equal(
            [GrabStatus.Emptied, GrabStatus.Unknown, GrabStatus.Emptied, GrabStatus.Won], answers.Select(answer => answer.Status));
    }

    [Fact]
    public async Task FinalPacketOfManyPages_EachWinnerGetsTheSameShare()
    {
        var parts = await server.Fresh(lateAnswers: 1);
        var packet = await Send(parts, 10_000, 2_500);
        var users = Enumerable.Range(0, 3_000).Select(n => $"u{n}").ToArray();
        var first = await Task.WhenAll(users.Select(user => parts.Grabs.Grab(0, packet, user)));
        await Known(parts, packet, "late");
        var again = await Task.WhenAll(users.Select(user => parts.Grabs.Grab(0, packet, user)));
        Assert.Equal(2_500, first.Count(answer => answer.Status == GrabStatus.Won));
        Assert.Equal(first.Select(answer => answer.Status == GrabStatus.Won ? answer with { Status = GrabStatus.Again } : answer), again);
        Assert.Equal("", parts.Finals.Mark(0, [new PendingGrab(packet, users[Array.FindIndex(first, answer => answer.Ordinal > 0)])]));
    }

    [Fact]
    public async Task AnotherRun_FinalPacketIsAskedForAgain()
    {
        var (parts, packet) = await Emptied();
        await server.Database.HashSetAsync(PacketKeys.Meta(0), "run", "another");
        // The new run has not compared the packet, and may find that it is not emptied.
        var refused = await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "late1"));
        Assert.Equal(Outage.Gate, refused.Outage);
        await server.Database.HashDeleteAsync(PacketKeys.Meta(0), "run");
        await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "late1"));
    }

    [Fact]
    public async Task ShareThatACorrectionPays_IsFoundByItsUser()
    {
        var (parts, packet) = await Emptied();
        var run = (await server.Database.HashGetAsync(PacketKeys.Meta(0), "run")).ToString();
        var share = new Entry(EntryKind.Grab, packet, 1, "late1", 7, 1_790_000_000_000);
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, packet, "late1")).Status);
        await parts.Packets.Remember(share, run, new LedgerMark("writer", 1));
        Assert.Equal(new GrabOutcome(GrabStatus.Again, 1, 7, 1_790_000_000_000), await parts.Grabs.Grab(0, packet, "late1"));
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, packet, "late2")).Status);
    }

    // An archived packet is answered as such, by every process.
    [Fact]
    public async Task FinalPacket_IsForgottenWhenItMayBeArchived()
    {
        var parts = await server.Fresh(lateAnswers: 1);
        var packet = await Send(parts, 100, 1);
        await parts.Grabs.Grab(0, packet, "winner");
        var longAgo = TimeProvider.System.GetUtcNow() - new PacketsOptions().Retain;
        await server.Database.HashSetAsync(PacketKeys.Packet(0, packet), "closed", longAgo.ToUnixTimeMilliseconds());
        await parts.Grabs.Grab(0, packet, "late");
        var other = await Send(parts, 100, 1);
        await parts.Grabs.Grab(0, other, "winner");
        await Known(parts, other, "late");
        Assert.Equal("", parts.Finals.Mark(0, [new PendingGrab(packet, "late")]));
    }

    // Its time may come again when a clock goes back, so only the closer makes it final.
    [Fact]
    public async Task ExpiredPacket_IsFinalWhenItIsClosed()
    {
        var parts = await server.Fresh(lateAnswers: 1);
        var packet = await Send(parts, 100, 2);
        var winner = await parts.Grabs.Grab(0, packet, "winner");
        await server.Database.HashSetAsync(PacketKeys.Packet(0, packet), "expiry", 1);
        await server.Database.SortedSetAddAsync(PacketKeys.Live(0), packet, 1);
        Assert.Equal(GrabStatus.Expired, (await parts.Grabs.Grab(0, packet, "late")).Status);
        var page = await parts.Store.Ask(MoneyScript.Winners, 0, [PacketKeys.Meta(0), PacketKeys.Packet(0, packet)], ["0"]);
        Assert.Equal("open", (string?)page[0]);
        await Close(parts, packet);
        await Known(parts, packet, "late");
        Assert.Equal(GrabStatus.Expired, (await parts.Grabs.Grab(0, packet, "late")).Status);
        Assert.Equal(winner with { Status = GrabStatus.Again }, await parts.Grabs.Grab(0, packet, "winner"));
    }

    private async Task<(StoreParts Parts, string Packet)> Emptied()
    {
        var parts = await server.Fresh(lateAnswers: 2);
        var packet = await Send(parts, 100, 2);
        await Task.WhenAll(parts.Grabs.Grab(0, packet, "winner1"), parts.Grabs.Grab(0, packet, "winner2"));
        await Known(parts, packet, "late1");
        return (parts, packet);
    }

    // Asks until the process answers without Redis.
    private static Task Known(StoreParts parts, string packet, string user) => Eventually.Holds(async () =>
    {
        await parts.Grabs.Grab(0, packet, user);
        return parts.Finals.Mark(0, [new PendingGrab(packet, user)]) != "";
    }, what: "the process knows the winners");
}
