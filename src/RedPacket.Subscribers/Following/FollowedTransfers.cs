using System.Diagnostics;
using RedPacket.Messages;

namespace RedPacket.Subscribers.Following;

/// <summary>The last stage of a followed share: a room has taken its transfer. It is a span in the trace of the share's request.</summary>
internal static class FollowedTransfers
{
    /// <summary>The name of the service's own spans, so that a collector of the service gets both.</summary>
    public const string Source = "RedPacket";

    private static readonly ActivitySource s_source = new(Source);

    /// <summary>Called when the effect of these transfers is durable.</summary>
    public static void Taken(string room, IReadOnlyList<SettledTransfer> transfers, DateTimeOffset begun)
    {
        if (!s_source.HasListeners())
            return;
        foreach (var transfer in transfers)
        {
            if (!ActivityContext.TryParse(transfer.Traceparent, null, isRemote: true, out var request))
                continue;
            using var span = s_source.StartActivity(ActivityKind.Consumer, request,
                [new("redpacket.transfer", transfer.Id)], startTime: begun, name: $"follow {room}");
        }
    }
}
