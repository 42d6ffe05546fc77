using System.Diagnostics;

namespace RedPacket.Messages;

/// <summary>Links from a chunk's span to the requests of the shares in it that are followed.</summary>
internal static class TraceLinks
{
    /// <summary>A text that is no trace context is passed over.</summary>
    public static IEnumerable<ActivityLink>? To(IEnumerable<string?> traceparents)
    {
        List<ActivityLink>? links = null;
        foreach (var traceparent in traceparents)
        {
            if (traceparent is not null && ActivityContext.TryParse(traceparent, null, isRemote: true, out var request))
                (links ??= []).Add(new ActivityLink(request));
        }
        return links;
    }
}
