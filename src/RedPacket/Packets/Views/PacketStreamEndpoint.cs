using System.Globalization;
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
internal sealed class PacketStreamEndpoint(
    WatchedPackets watched, PacketViews views, StreamLimit limit, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    private const string Type = "text/event-stream";
    private static readonly TimeSpan s_pingAfter = TimeSpan.FromSeconds(2);

    public async Task<IResult> Open(HttpContext context, string packetId)
    {
        if (!PacketId.TryParse(packetId, out _))
            return EdgeProblems.PacketIdInvalid;
        if (limit.TryOpen(context) is { } full)
            return full;
        if (await watched.View(packetId) is not { } viewer)
            return await views.Refusal(packetId);
        context.Response.RegisterForDispose(viewer);
        // A proxy that buffers answers would turn seconds into minutes.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return EdgeMiddleware.IsForHead(context)
            ? Results.Bytes([], Type)
            : TypedResults.ServerSentEvents(Events(new Place(viewer.Packet.Now!), context.RequestAborted));
    }

    private async IAsyncEnumerable<SseItem<string>> Events(Place place, [EnumeratorCancellation] CancellationToken gone)
    {
        // A stop ends the streams immediately. Open streams would delay it until its time limit.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, gone);
        yield return new SseItem<string>(place.TakeText(), PacketEvent.Whole);
        while (!end.IsCancellationRequested)
        {
            // It does not throw when the time is over, or the viewer has gone.
            await ((Task)place.Last.Next).WaitAsync(s_pingAfter, clock, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested)
                yield break;
            if (!place.Last.Next.IsCompleted)
            {
                yield return new SseItem<string>(clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), "ping");
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
