using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using RedPacket.Http;
using RedPacket.Http.Limits;
using RedPacket.Messages;

namespace RedPacket.Packets.Views;

/// <summary>
/// <c>GET /api/v1/packets/{packetId}/live</c>, server-sent events: first <c>packet</c>, then <c>change</c>, or <c>ping</c> when nothing has
/// changed. It ends when the packet is closed and the ledger has its shares.
/// </summary>
internal sealed class PacketStreamEndpoint(WatchedPackets watched, PacketViews views, StreamLimit limit, EventStreams streams)
{
    public async Task<IResult> Open(HttpContext context, string packetId)
    {
        if (!PacketId.TryParse(packetId, out _))
            return EdgeProblems.PacketIdInvalid;
        if (limit.TryOpen(context) is { } full)
            return full;
        if (await watched.View(packetId) is not { } viewer)
            return await views.Refusal(packetId);
        context.Response.RegisterForDispose(viewer);
        return streams.Answer(context, end => Events(new Place(viewer.Packet.Now!), end));
    }

    private async IAsyncEnumerable<SseItem<string>> Events(Place place, [EnumeratorCancellation] CancellationToken end)
    {
        yield return new SseItem<string>(place.TakeText(), PacketEvent.Whole);
        while (true)
        {
            var arrived = await streams.Arrives(place.Last.Next, end);
            if (end.IsCancellationRequested)
                yield break;
            if (!arrived)
            {
                yield return streams.Ping();
                continue;
            }
            if (await place.Last.Next is not { } next)
                yield break;
            place.Last = next;
            yield return new SseItem<string>(next.Json, next.Name);
        }
    }

    /// <summary>
    /// Where a viewer is. The stream keeps its argument as long as it lives, so the argument must not lead to events that were sent.
    /// </summary>
    private sealed class Place(PacketMoment begin)
    {
        private PacketMoment? _begin = begin;

        public PacketEvent Last { get; set; } = begin.Last;

        /// <summary>The text of the first event, once.</summary>
        public string TakeText()
        {
            var text = _begin!.Text;
            _begin = null;
            return text;
        }
    }
}
