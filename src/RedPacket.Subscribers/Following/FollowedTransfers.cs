using System.Diagnostics;
using RedPacket.Hosting;
using RedPacket.Messages;

namespace RedPacket.Subscribers.Following;

/// <summary>The last stage of a followed share: a room has taken its transfer. It is a span in the trace of the share's request.</summary>
internal static class FollowedTransfers
{
    /// <summary>Called when the effect of these transfers is durable.</summary>
    public static void Taken(string room, IReadOnlyList<SettledTransfer> transfers, DateTimeOffset begun)
    {
        if (!Instrumentation.Source.HasListeners())
            return;
        foreach (var transfer in transfers)
        {
            if (!ActivityContext.TryParse(transfer.Traceparent, null, isRemote: true, out var request))
                continue;
            using var span = Instrumentation.Source.StartActivity(ActivityKind.Consumer, request,
                [new("redpacket.transfer", transfer.Id)], startTime: begun, name: $"follow {room}");
        }
    }
}
