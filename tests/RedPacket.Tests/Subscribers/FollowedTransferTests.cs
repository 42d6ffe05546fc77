using System.Collections.Concurrent;
using System.Diagnostics;
using RedPacket.Hosting;
using RedPacket.Subscribers.Following;

namespace RedPacket.Tests.Subscribers;

/// <summary>The last stage of a followed share, in a room that follows the ledger.</summary>
public sealed class FollowedTransferTests
{
    [Fact]
    public async Task FollowedShare_HasASpanOfTheRoomInTheTraceOfItsRequest_AndOnlyOnce()
    {
        var traceId = ActivityTraceId.CreateRandom().ToHexString();
        ConcurrentBag<Activity> spans = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Instrumentation.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var service = new FakeService { Transfers = LedgerStory.Of(40) };
        using var place = await RoomPlace.On(null);
        service.Transfers = [.. service.Transfers.Select(
            transfer => transfer.Id % 10 == 7 ? transfer with { Traceparent = $"00-{traceId}-b7ad6b7169203331-00" } : transfer)];
        using var follower = service.Follow(place.Store(new EarningsRoom()));

        await follower.Round(TestContext.Current.CancellationToken);
        var head = service.Transfers.Count;
        service.Transfers = [.. service.Transfers, service.Transfers[6] with { Id = head + 1 }];
        await follower.Take(service.Message(1, head + 1), TestContext.Current.CancellationToken);

        var own = spans.Where(span => span.TraceId.ToHexString() == traceId).ToList();
        Assert.All(own, span => Assert.Equal("follow earnings", span.OperationName));
        Assert.Equal(
            service.Transfers.Where(transfer => transfer.Traceparent is not null).Select(transfer => (object?)transfer.Id),
            own.Select(span => span.GetTagItem("redpacket.transfer")).Order());
    }
}
