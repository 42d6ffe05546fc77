using RedPacket.Messages;
using RedPacket.Subscribers;
using RedPacket.Subscribers.Following;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Subscribers;

/// <summary>Position and effect are one: whatever comes twice, late, in pieces or not at all, each transfer counts once.</summary>
public abstract class RoomStoreTests(SharedPostgres? postgres) : IAsyncLifetime
{
    private readonly List<SettledTransfer> _story = LedgerStory.Of(40);
    private RoomPlace _place = null!;

    public async ValueTask InitializeAsync() => _place = await RoomPlace.On(postgres);

    public ValueTask DisposeAsync()
    {
        _place?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void SameTransfersAgain_AreRecognised()
    {
        var store = _place.Open(new EarningsRoom());

        Assert.Equal(TakeOutcome.Applied, store.Take(_story[..10]));
        Assert.Equal(TakeOutcome.Known, store.Take(_story[..10]));
        Assert.Equal(TakeOutcome.Known, store.Take(_story[3..7]));
        Assert.Equal(TakeOutcome.Known, store.Take([]));

        HasTakenThrough(store, 10);
    }

    [Fact]
    public void TransfersThatOverlap_HaveTheirNewPartApplied()
    {
        var store = _place.Open(new EarningsRoom());

        store.Take(_story[..10]);
        Assert.Equal(TakeOutcome.Applied, store.Take(_story[5..15]));
        Assert.Equal(TakeOutcome.Applied, store.Take(_story[..20]));

        HasTakenThrough(store, 20);
    }

    [Fact]
    public void TransfersBehindAGap_ChangeNothing()
    {
        var store = _place.Open(new EarningsRoom());

        Assert.Equal(TakeOutcome.Gap, store.Take(_story[1..10]));
        store.Take(_story[..10]);
        Assert.Equal(TakeOutcome.Gap, store.Take(_story[11..20]));

        HasTakenThrough(store, 10);
    }

    [Fact]
    public void EffectThatFails_LeavesThePositionWhereItWas()
    {
        var store = _place.Open(new PickyRoom(new EarningsRoom()) { Dislikes = 8, Times = 1 });
        store.Take(_story[..5]);

        Assert.Equal(6, Assert.Throws<PoisonMessageException>(() => store.Take(_story[5..15])).Transfer);
        HasTakenThrough(store, 5);
        Assert.Equal(TakeOutcome.Applied, store.Take(_story[5..15]));

        HasTakenThrough(store, 15);
    }

    [Fact]
    public void ProcessThatDiesBehindTheCommit_RecognisesTheSameMessage()
    {
        _place.Open(new EarningsRoom()).Take(_story[..10]);

        var next = _place.Open(new EarningsRoom());

        Assert.Equal(TakeOutcome.Known, next.Take(_story[..10]));
        Assert.Equal(TakeOutcome.Applied, next.Take(_story[10..20]));
        HasTakenThrough(next, 20);
    }

    [Fact]
    public async Task TwoProcessesOfOneRoom_DoNoWorkTwice()
    {
        var stores = new[] { _place.Store(new EarningsRoom()), _place.Store(new EarningsRoom()) };

        await Task.WhenAll(stores.Select(store => Task.Run(() =>
        {
            store.Open(0);
            foreach (var part in _story.Chunk(3))
                Assert.NotEqual(TakeOutcome.Gap, store.Take(part));
        })));

        HasTakenThrough(stores[0], _story.Count);
    }

    [Fact]
    public void TransfersInPartsOfAnySize_LeaveTheSameRows()
    {
        foreach (var room in Rooms.All)
        {
            var live = _place.Open(room);
            var random = new Random(LedgerStory.Seed);
            for (var (taken, part) = (0, 0); taken < _story.Count; taken += part)
            {
                part = Math.Min(random.Next(1, 20), _story.Count - taken);
                live.Take(_story.GetRange(taken, part));
            }
            var (rows, sums) = (RoomPlace.Dump(live), live.Sums().Sums);
            live.Delete();
            var again = _place.Open(room);
            again.Take(_story);

            Assert.Equal(rows, RoomPlace.Dump(again));
            Assert.Equal((Expected(_story.Count), sums), (again.Sums().Sums, sums));
            Assert.Equal(sums, again.Sums().Sums);
        }
    }

    [Fact]
    public void StoreOfAnotherVersion_IsNotTouched()
    {
        _place.Open(new EarningsRoom()).Take(_story[..10]);
        var other = _place.Store(new RenamedColumn());

        var refusal = Assert.Throws<InvalidOperationException>(() => other.Open(0));

        Assert.Contains("--again", refusal.Message, StringComparison.Ordinal);
        HasTakenThrough(_place.Open(new EarningsRoom()), 10);
        other.Delete();
        other.Open(0);
        Assert.Equal(0, other.Position().Number);
    }

    [Fact]
    public void RoomThatIsAhead_TakesNothing_AlsoWhenItIsOpenedAgain()
    {
        var store = _place.Open(new EarningsRoom());
        store.Take(_story[..10]);

        store.MarkAhead();

        Assert.Equal(TakeOutcome.Ahead, store.Take(_story[10..20]));
        var next = _place.Open(new EarningsRoom());
        Assert.Equal((TakeOutcome.Ahead, true), (next.Take(_story[10..20]), next.Position().IsAhead));
        HasTakenThrough(next, 10);
    }

    private GrabSums Expected(int through) => new(
        _story.Take(through).Count(transfer => transfer.Kind == EntryName.Grab),
        _story.Take(through).Where(transfer => transfer.Kind == EntryName.Grab).Sum(transfer => transfer.AmountFen));

    private void HasTakenThrough(RoomStore store, int through)
    {
        var (position, sums) = store.Sums();
        Assert.Equal((through, Expected(through)), (position.Number, sums));
    }

    private sealed class RenamedColumn : SubscriberRoom
    {
        public override string Name => "earnings";

        public override string Schema => "CREATE TABLE earnings (user_id TEXT PRIMARY KEY, wins BIGINT NOT NULL, fen BIGINT NOT NULL)";

        public override void Apply(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction) =>
            throw new NotSupportedException();

        public override GrabSums Sums(RoomTransaction transaction) => throw new NotSupportedException();
    }
}

public sealed class RoomStoreOnSqliteTests() : RoomStoreTests(null);

[Needs("servers")]
public sealed class RoomStoreOnPostgresTests(SharedPostgres postgres) : RoomStoreTests(postgres);
