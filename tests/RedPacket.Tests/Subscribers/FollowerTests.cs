using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Messages;
using RedPacket.Subscribers.Following;

namespace RedPacket.Tests.Subscribers;

/// <summary>A follower between messages, the feed and its store.</summary>
public sealed class FollowerTests : IAsyncLifetime
{
    private readonly FakeService _service = new() { Transfers = LedgerStory.Of(400) };
    private RoomPlace _place = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private int Head => _service.Transfers.Count;

    public async ValueTask InitializeAsync() => _place = await RoomPlace.On(null);

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        _service.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task NewRoom_ReadsTheWholeFeedInPages_AsTheDemosOperator()
    {
        var store = _place.Store(new EarningsRoom());
        using var follower = _service.Follow(store);

        await follower.Round(Stop);

        HasTakenThrough(store, Head);
        Assert.Equal((Head + 999) / 1000, _service.Asked.Count);
        Assert.All(_service.Asked, request => Assert.Equal(
            ("subscriber", "operator"), (request.Headers.GetValues("X-User-Id").Single(), request.Headers.GetValues("X-Role").Single())));
        Assert.Equal((RoomState.Following, Head), (follower.State.State, (int)follower.State.Position!));
    }

    [Fact]
    public async Task ServiceWithATokenAndAPath_IsAskedSo()
    {
        await _service.Client(token: "t0ken", url: "http://service.test/red/packet").Read(7, Stop);

        var request = Assert.Single(_service.Asked);
        Assert.Equal(
            ("http://service.test/red/packet/api/v1/transfers?after=7&limit=1000", "Bearer t0ken", false),
            (request.RequestUri!.AbsoluteUri, $"{request.Headers.Authorization}", request.Headers.Contains("X-User-Id")));
    }

    [Fact]
    public async Task MessagesThatAreLostDoubledAndLate_WithRestartsBetween_CountEachTransferOnce()
    {
        var random = new Random(LedgerStory.Seed);
        var ranges = Enumerable.Range(0, Head / 10).Select(part => (From: (part * 10) + 1L, To: (part + 1) * 10L)).ToArray();
        var whole = _service.Transfers;
        Follower? follower = null;
        RoomStore store = null!;
        foreach (var (from, to) in ranges.Concat(ranges[^5..]))
        {
            if (follower is null || random.Next(8) == 0)
            {
                follower?.Dispose();
                follower = _service.Follow(store = _place.Store(new EarningsRoom()));
                await follower.Round(Stop);
            }
            _service.Transfers = whole[..(int)Math.Max(to, store.Position().Number)];
            // This one, an earlier one again, or none.
            var (first, last) = random.Next(4) == 0 ? ranges[random.Next(ranges.Length)] : (from, to);
            if (last <= _service.Transfers[^1].Id && random.Next(5) > 0)
                await follower.Take(_service.Message(first, last), Stop);
        }
        _service.Transfers = whole;

        await follower!.Round(Stop);

        HasTakenThrough(store, Head);
        follower.Dispose();
    }

    [Fact]
    public async Task MessageBehindAGap_BringsTheRoomToTheHeadOfTheFeed()
    {
        var store = _place.Store(new EarningsRoom());
        var whole = _service.Transfers;
        _service.Transfers = whole[..50];
        using var follower = _service.Follow(store);
        await follower.Round(Stop);
        _service.Transfers = whole;

        await follower.Take(_service.Message(91, 100), Stop);

        HasTakenThrough(store, Head);
    }

    [Fact]
    public async Task MessagesInOrder_NeedNoFeed()
    {
        var store = _place.Store(new EarningsRoom());
        var whole = _service.Transfers;
        _service.Transfers = whole[..50];
        using var follower = _service.Follow(store);
        await follower.Round(Stop);
        _service.Transfers = whole;
        _service.Asked.Clear();

        await follower.Take(_service.Message(51, 100), Stop);
        await follower.Take(_service.Message(101, 150), Stop);

        HasTakenThrough(store, 150);
        Assert.Empty(_service.Asked);
    }

    [Fact]
    public async Task MalformedMessage_IsIgnored()
    {
        var store = _place.Store(new EarningsRoom());
        using var follower = _service.Follow(store);
        await follower.Round(Stop);
        var good = _service.Message(1, 10);

        await follower.Take(good with { To = 11 }, Stop);
        await follower.Take(good with { Transfers = [] }, Stop);
        await follower.Take(good with { Transfers = [.. good.Transfers.Take(5), .. good.Transfers.Skip(6)] }, Stop);
        await follower.Take(good with { Ledger = 1 }, Stop);

        Assert.Equal(3, _service.Log.Count(9110));
        HasTakenThrough(store, Head);
    }

    [Fact]
    public async Task TransferThatARoomCannotDigest_IsNamed_AndTheRoomGoesOnWhenItCan()
    {
        var room = new PickyRoom(new EarningsRoom()) { Dislikes = 123 };
        var store = _place.Store(room);
        using var follower = _service.Follow(store);

        await follower.Round(Stop);
        await follower.Round(Stop);

        Assert.Equal((RoomState.Stopped, 122L), (follower.State.State, follower.State.Position));
        Assert.Contains("Transfer 123: it is bitter", follower.State.Detail, StringComparison.Ordinal);
        Assert.Equal(1, _service.Log.Count(9102));
        HasTakenThrough(store, 122);
        room.Times = 0;
        await follower.Round(Stop);
        HasTakenThrough(store, Head);
        Assert.Equal((1, RoomState.Following), (_service.Log.Count(9103), follower.State.State));
    }

    [Fact]
    public async Task LedgerThatEndsBeforeThePosition_StopsTheRoomForGood()
    {
        var store = _place.Store(new EarningsRoom());
        using var follower = _service.Follow(store);
        await follower.Round(Stop);
        var whole = _service.Transfers;
        _service.Transfers = whole[..100];

        await follower.Round(Stop);
        Assert.Equal((RoomState.Ahead, 1), (follower.State.State, _service.Log.Count(9106)));
        // The restored ledger grows again, with other transfers.
        _service.Transfers = [.. whole, .. LedgerStory.Of(10).Select(transfer => transfer with { Id = transfer.Id + whole.Count })];
        await follower.Round(Stop);
        await follower.Take(_service.Message(whole.Count + 1, whole.Count + 5), Stop);

        HasTakenThrough(store, whole.Count);
        using var again = _service.Follow(_place.Store(new EarningsRoom()), new RoomStart(Again: true));
        await again.Round(Stop);
        HasTakenThrough(_place.Open(new EarningsRoom()), Head);
    }

    [Fact]
    public async Task RoomFromNow_BeginsAtTheHead_AndGoesOnFromItsPositionLater()
    {
        var whole = _service.Transfers;
        _service.Transfers = whole[..100];
        using (var first = _service.Follow(_place.Store(new EarningsRoom()), new RoomStart(FromNow: true)))
            await first.Round(Stop);
        _service.Transfers = whole;
        var store = _place.Store(new EarningsRoom());
        using var later = _service.Follow(store, new RoomStart(FromNow: true));

        await later.Round(Stop);

        var (position, sums) = store.Sums();
        Assert.Equal((Head, 100L), (position.Number, position.Origin));
        Assert.Equal(whole.Skip(100).Count(transfer => transfer.Kind == EntryName.Grab), sums.Grabs);
    }

    [Fact]
    public async Task ServiceThatIsBusyOrAway_IsAskedAgainWhenItSays_AndTheNewsComesLate()
    {
        var clock = new FakeTimeProvider();
        var store = _place.Store(new EarningsRoom());
        var asked = 0;
        _service.Instead = () =>
        {
            Interlocked.Increment(ref asked);
            var busy = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            busy.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(20));
            return busy;
        };
        using var follower = _service.Follow(store, clock: clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var running = follower.Run(stop.Token);
        await Eventually.Holds(() => asked == 1 && follower.State.State == RoomState.Waiting);

        clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal((1, 0), (asked, _service.Log.Count(9104)));
        for (var rounds = 2; rounds <= 4; rounds++)
        {
            await Eventually.Holds(() =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return asked >= rounds;
            });
        }
        await Eventually.Holds(() => _service.Log.Count(9104) == 1);
        _service.Instead = () => null;
        await Eventually.Holds(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return store.IsOpen && store.Position().Number == Head;
        });

        await stop.CancelAsync();
        await running;
        Assert.Equal(1, _service.Log.Count(9105));
    }

    private void HasTakenThrough(RoomStore store, int through)
    {
        var (position, sums) = store.Sums();
        var grabs = _service.Transfers.Take(through).Where(transfer => transfer.Kind == EntryName.Grab).ToArray();
        Assert.Equal(
            (through, new GrabSums(grabs.Length, grabs.Sum(grab => grab.AmountFen)), LedgerStory.Seed),
            (position.Number, sums, LedgerStory.Seed));
    }
}
