using Microsoft.Extensions.Options;
using RedPacket.Gate;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Grabs;

// While the packets of a shard are compared with the ledger (PROTOCOL 4.7).
public abstract partial class GrabScriptTests
{
    [Fact]
    public async Task PacketThatWasNotCompared_IsNotChangedByAnyScript_AndIsWanted()
    {
        var (parts, packet, walk) = await Walking();
        await server.Database.HashSetAsync(PacketKeys.Packet(0, packet), "expiry", 1);
        await server.Database.SortedSetAddAsync(PacketKeys.Live(0), packet, 1);
        var before = await Record(packet);

        var refused = await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "alice"));
        Assert.Equal(Outage.Gate, refused.Outage);
        await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "bob"));
        Assert.Equal(MoneyScript.Unchecked, await Close(parts, packet));
        await Assert.ThrowsAsync<OutageException>(() => parts.Packets.PutBack(packet, ["f", "1"]));
        var mark = new LedgerMark("writer", 1);
        await Assert.ThrowsAsync<OutageException>(() =>
            parts.Packets.Remember(new Entry(EntryKind.Grab, packet, 2, "carl", 5, 1_790_000_000_000), walk.Run, notice: 0, mark));
        Assert.False(await parts.Packets.Delete(0, walk.Run, mark, [packet]));
        Assert.Equal(before, await Record(packet));
        Assert.NotNull(await server.Database.SortedSetScoreAsync(PacketKeys.Wanted(0), packet));

        await Mark(walk, packet, Found.Same);

        Assert.Equal(GrabStatus.Again, (await parts.Grabs.Grab(0, packet, "alice")).Status);
        Assert.Equal("expired", await Close(parts, packet));
        Assert.Null(await server.Database.SortedSetScoreAsync(PacketKeys.Wanted(0), packet));
    }

    [Fact]
    public async Task PacketThatRedisDoesNotHave_IsUnknownOnlyWhenTheLedgerLacksItToo()
    {
        var (parts, _, walk) = await Walking();
        var (lost, unheard) = (PacketId.New(0, s_now), PacketId.New(0, s_now));
        await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, lost, "alice"));
        await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, unheard, "alice"));

        await Mark(walk, unheard, Found.Gone);

        Assert.Equal(GrabStatus.Unknown, (await parts.Grabs.Grab(0, unheard, "alice")).Status);
        await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, lost, "alice"));
        await EndWalk(walk);
        Assert.Equal(GrabStatus.Unknown, (await parts.Grabs.Grab(0, lost, "alice")).Status);
    }

    [Fact]
    public async Task PacketThatNeitherSideYields_AnswersItsWinners_AndGrantsNoMore()
    {
        var (parts, packet, walk) = await Walking();

        await Mark(walk, packet, Found.Gone);

        Assert.Equal(GrabStatus.Again, (await parts.Grabs.Grab(0, packet, "alice")).Status);
        Assert.Equal(GrabStatus.Damaged, (await parts.Grabs.Grab(0, packet, "bob")).Status);
        Assert.Equal("damaged", await Close(parts, packet));
    }

    [Fact]
    public async Task KeyThatRedisDoesNotHave_IsLookedUpInTheLedger_WhilePacketsAreCompared()
    {
        var (parts, packet, walk) = await Walking();
        var terms = Terms(2, 600);
        var asked = 0;
        Task<CreateOutcome> Send(KeyClaim? inLedger) => parts.Packets.Create(PacketId.New(0, s_now), 1, 100, terms, _ =>
        {
            asked++;
            return Task.FromResult(inLedger);
        });

        Assert.Equal((CreateStatus.Exists, packet), await Send(new KeyClaim(packet, "content")) is { } known
            ? (known.Status, known.Claim!.PacketId)
            : default);
        var made = await Send(null);
        Assert.Equal((CreateStatus.Made, 2), (made.Status, asked));
        Assert.Equal(CreateStatus.Exists, (await Send(null)).Status);
        Assert.Equal(2, asked);
        Assert.Equal(GrabStatus.Won, (await parts.Grabs.Grab(0, made.Packet!.Id, "alice")).Status);

        await EndWalk(walk);
        terms = Terms(2, 600);
        Assert.Equal((CreateStatus.Made, 2), ((await Send(null)).Status, asked));
    }

    [Fact]
    public async Task LedgerAskedForAKeyOfARunThatEndsMeanwhile_IsAskedAgain()
    {
        var (parts, _, _) = await Walking();
        var asked = 0;

        var made = await parts.Packets.Create(PacketId.New(0, s_now), 1, 100, Terms(2, 600), async _ =>
        {
            asked++;
            if (asked == 1)
                await server.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Run, "another");
            return null;
        });

        Assert.Equal((CreateStatus.Made, 2), (made.Status, asked));
    }

    [Fact]
    public async Task GrabsOfAPacketThatTakeLong_HoldUpNoGrabsOfOthers()
    {
        var parts = await server.Fresh();
        var (hot, other) = (await Send(parts, 100, 3), await Send(parts, 100, 3));
        var (entered, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var grabs = new UncheckedGrabs(
            0, new PacketChecks(parts.Store, Options.Create(new HoldOptions()), TimeProvider.System), new HoldOptions(),
            TimeProvider.System, perCall: 10, async (called, _) =>
            {
                if (called[0].PacketId == hot)
                {
                    entered.TrySetResult();
                    await go.Task;
                }
                called.ForEach(grab => grab.Answer(new GrabOutcome(GrabStatus.Emptied)));
                return true;
            });
        PendingGrab first = new(hot, "alice"), second = new(other, "bob");

        grabs.Add(first);
        await entered.Task;
        grabs.Add(second);

        await Eventually.Holds(() => second.Task.IsCompleted, what: "the grab of the other packet is answered");
        Assert.Equal((GrabStatus.Emptied, false), ((await second.Task).Status, first.Task.IsCompleted));
        go.SetResult();
        Assert.Equal(GrabStatus.Emptied, (await first.Task).Status);
    }

    [Fact]
    public async Task WalkOfARunThatIsOver_MarksNothing()
    {
        var (parts, packet, walk) = await Walking();
        await server.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Run, "another");

        await Assert.ThrowsAsync<OpeningLostException>(() => Mark(walk, packet, Found.Same));
        await Assert.ThrowsAsync<OpeningLostException>(() => EndWalk(walk));

        await Assert.ThrowsAsync<OutageException>(() => parts.Grabs.Grab(0, packet, "alice"));
    }

    // A packet with one share granted, and the gate opened anew since.
    private async Task<(StoreParts Parts, string Packet, GateOpening Walk)> Walking()
    {
        var parts = await server.Fresh();
        var packet = await Send(parts, 100, 3);
        await parts.Grabs.Grab(0, packet, "alice");
        var opening = new GateOpening(server.Connection, 0, TimeProvider.System, server.IsEmbedded);
        Assert.True(await opening.Take());
        await opening.Begin(0, fences: false);
        await opening.Open();
        return (parts, packet, opening);
    }

    private async Task Mark(GateOpening walk, string packet, string found)
    {
        var opening = new GateOpening(server.Connection, 0, TimeProvider.System, server.IsEmbedded);
        Assert.True(await opening.Take());
        try
        {
            await opening.Checked(walk.Run, new Dictionary<string, string> { [packet] = found });
        }
        finally
        {
            await opening.Release();
        }
    }

    private async Task EndWalk(GateOpening walk)
    {
        var opening = new GateOpening(server.Connection, 0, TimeProvider.System, server.IsEmbedded);
        Assert.True(await opening.Take());
        try
        {
            await opening.Walked(walk.Run);
        }
        finally
        {
            await opening.Release();
        }
    }

    private async Task<string> Record(string packet) => string.Join(' ',
        (await server.Database.HashGetAllAsync(PacketKeys.Packet(0, packet))).Select(field => $"{field.Name}={field.Value}").Order());
}
