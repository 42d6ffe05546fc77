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
            : TypedResults.ServerSentEvents(Events(viewer.Packet.Now!, context.RequestAborted));
    }

    private async IAsyncEnumerable<SseItem<string>> Events(PacketMoment moment, [EnumeratorCancellation] CancellationToken gone)
    {
        // A stop ends the streams immediately. Open streams would delay it until its time limit.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, gone);
        yield return new SseItem<string>(moment.Text, PacketEvent.Whole);
        var last = moment.Last;
        while (!end.IsCancellationRequested)
        {
            // It does not throw when the time is over, or the viewer has gone.
            await ((Task)last.Next).WaitAsync(s_pingAfter, clock, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested)
                yield break;
            if (!last.Next.IsCompleted)
            {
                yield return new SseItem<string>(clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), "ping");
                continue;
            }
            if (await last.Next is not { } next)
                yield break;
            last = next;
            yield return new SseItem<string>(next.Json, next.Name);
        }
    }
}
