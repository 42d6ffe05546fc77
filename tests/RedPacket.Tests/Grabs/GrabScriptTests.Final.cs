using Microsoft.Extensions.Time.Testing;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Grabs;

// Packets of which a process knows every winner (PROTOCOL 3.5).
public abstract partial class GrabScriptTests
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task WhileAProofHolds_WhoIsTooLateIsAnsweredWithoutRedis()
    {
        var (parts, packet) = await Emptied();
        var (again, late) = (await parts.Grabs.Grab(0, packet, "winner1"), await parts.Grabs.Grab(0, packet, "late1"));
        Assert.Equal((GrabStatus.Again, GrabStatus.Emptied), (again.Status, late.Status));
        await server.Database.HashDeleteAsync(PacketKeys.Meta(0), "run");
        _time.Advance(WinnersProof.Life - TimeSpan.FromMilliseconds(1));
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, packet, "late2")).Status);
        await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "winner1"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "late2"));
    }

    // The proof is as old as the moment when its call left, however long Redis took.
    [Fact]
    public async Task ProofThatComesLate_HoldsNoLonger()
    {
        var (parts, packet) = await Emptied();
        parts.Finals.Proved(0, await MarkOf(), _time.GetTimestamp());
        Assert.Equal(GrabStatus.Emptied, parts.Finals.Late(0, packet, "late1"));
        Assert.Null(parts.Finals.Late(0, packet, "winner1"));
        parts.Finals.Proved(0, await MarkOf(), _time.GetTimestamp() - _time.TimestampFrequency);
        Assert.Null(parts.Finals.Late(0, packet, "late1"));
        parts.Finals.Proved(0, "another mark", _time.GetTimestamp());
        Assert.Null(parts.Finals.Late(0, packet, "late1"));
    }

    [Fact]
    public async Task FinalPacket_IsAskedForOnBehalfOfItsWinnersOnly()
    {
        var (parts, packet) = await Emptied();
        _time.Advance(WinnersProof.Life);
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
        _time.Advance(WinnersProof.Life);
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
        var notices = new CorrectionNotices(parts.Store, _time);
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, packet, "late1")).Status);

        var begins = notices.Begin(0, run, TestContext.Current.CancellationToken);
        await Eventually.Holds(() => server.Database.HashExistsAsync(PacketKeys.Meta(0), "correcting"), what: "a notice");
        await Refused(notice: 0);
        // No call after the notice brings a proof, and what was proved before it is over when the notice is there.
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, packet, "late2")).Status);
        Assert.NotEqual("", parts.Finals.Mark(0, [new PendingGrab(packet, "late2")]));
        Assert.False(begins.IsCompleted);
        _time.Advance(WinnersProof.Life);
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, packet, "late2")).Status);
        // Enough to read the winners again, if that were allowed now.
        for (var i = 0; i < 5; i++)
            await parts.Grabs.Grab(0, packet, "late2");
        Assert.Null(parts.Finals.Late(0, packet, "late2"));
        await parts.Finals.Reading;
        Assert.Equal("", parts.Finals.Mark(0, [new PendingGrab(packet, "late2")]));
        Assert.False(begins.IsCompleted);
        await Eventually.Holds(() =>
        {
            _time.Advance(WinnersProof.Life);
            return begins.IsCompleted;
        }, what: "the last proof is over");
        var notice = await begins;

        await parts.Packets.Remember(share, run, notice, new LedgerMark("writer", 1));
        await notices.End(0, run, notice);
        await Refused(notice);
        Assert.Equal(new GrabOutcome(GrabStatus.Again, 1, 7, 1_790_000_000_000), await parts.Grabs.Grab(0, packet, "late1"));
        await Known(parts, packet, "late2");
        Assert.Null(parts.Finals.Late(0, packet, "late1"));
        Assert.Equal(GrabStatus.Emptied, (await parts.Grabs.Grab(0, packet, "late2")).Status);

        async Task Refused(long notice) => Assert.Equal(Remembered.Unheard, await parts.Packets.Remember(
            share with { UserId = "late3" }, run, notice, new LedgerMark("writer", 1)));
    }

    [Fact]
    public async Task NoticesThatOverlap_EndTogether_AndLetNobodyWriteAfterwards()
    {
        var (parts, packet) = await Emptied();
        var run = (await server.Database.HashGetAsync(PacketKeys.Meta(0), "run")).ToString();
        var notices = new CorrectionNotices(parts.Store, _time);
        var (first, second) = (await Notice(), await Notice());
        Assert.Equal((Remembered.Held, Remembered.Held), (await Remember("late1", first), await Remember("late2", second)));
        await notices.End(0, run, first);
        Assert.Equal(Remembered.Held, await Remember("late3", first));
        await notices.End(0, run, second);
        Assert.Equal((Remembered.Unheard, Remembered.Held), (await Remember("late4", first), await Remember("late3", first)));
        var third = await Notice();
        Assert.Equal((Remembered.Unheard, Remembered.Held), (await Remember("late4", second), await Remember("late4", third)));
        await Assert.ThrowsAsync<OutageException>(() => notices.End(0, "another", third));

        async Task<long> Notice() => (long)await parts.Store.Run(MoneyScript.Correcting, 0, [PacketKeys.Meta(0)], [run, ""]);

        Task<Remembered> Remember(string user, long notice) => parts.Packets.Remember(
            new Entry(EntryKind.Grab, packet, 1, user, 7, 1_790_000_000_000), run, notice, new LedgerMark("writer", 1));
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
        var parts = await server.Fresh(lateAnswers: 2, time: _time);
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

    private async Task<string> MarkOf()
    {
        var meta = await server.Database.HashGetAsync(PacketKeys.Meta(0), ["run", "corrected"]);
        return $"{meta[0]} {(meta[1].IsNull ? "0" : meta[1])}";
    }
}
