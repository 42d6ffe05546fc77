using RedPacket.Demo.Faults;
using RedPacket.Subscribers.Following;
using RedPacket.Tests.Subscribers;

namespace RedPacket.Tests.Demo;

/// <summary>What an operator of the demo does to a room.</summary>
public sealed class BreakableRoomTests
{
    private static readonly TimeSpan s_while = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RoomThatHangs_AppliesNothingUntilItIsHealed_AndHangsNoMoreOnceItsHostStops()
    {
        using var place = await RoomPlace.On(null);
        var story = LedgerStory.Of(10);
        var room = new BreakableRoom(new EarningsRoom());
        var store = place.Open(room);

        room.Hang();
        var take = Task.Run(() => store.Take(story[..5]));
        await Assert.ThrowsAsync<TimeoutException>(() => take.WaitAsync(s_while, Stop));
        Assert.Equal(("hung", 0), (room.Fault, store.Position().Number));
        room.Heal();
        Assert.Equal(TakeOutcome.Applied, await take.WaitAsync(s_patience, Stop));

        room.End();
        room.Hang();
        Assert.Equal(TakeOutcome.Applied, await Task.Run(() => store.Take(story)).WaitAsync(s_patience, Stop));
        Assert.Equal((null, story.Count), (room.Fault, store.Position().Number));
    }

    [Fact]
    public async Task PoisonedRoom_DigestsNothingUntilItIsHealed()
    {
        using var place = await RoomPlace.On(null);
        var story = LedgerStory.Of(10);
        var room = new BreakableRoom(new EarningsRoom());
        var store = place.Open(room);

        room.Poison();

        Assert.Equal(1, Assert.Throws<PoisonMessageException>(() => store.Take(story)).Transfer);
        Assert.Equal(("poisoned", 0), (room.Fault, store.Position().Number));
        room.Heal();
        Assert.Equal(TakeOutcome.Applied, store.Take(story));
    }
}
