using Microsoft.AspNetCore.Http.Features;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Packets.Limits;
using RedPacket.Packets.Traces;

namespace RedPacket.Grabs;

/// <summary><c>POST /api/v1/packets/{packetId}/grabs</c>: the hot path. It touches Redis and nothing else.</summary>
internal sealed class GrabEndpoint(
    GrabCoalescer coalescer, ShardGate gate, SettledClaims settled, UserLimits limits, GrabMeter meter,
    TraceSampler traces, ILogger<GrabEndpoint> logger)
{
    public async Task<IResult> Handle(HttpContext context, string packetId)
    {
        if (!PacketId.TryParse(packetId, out var shard))
            return EdgeProblems.PacketIdInvalid;
        if (await HasBody(context))
            return new Problem(400, "body_not_allowed", "A grab has no body: the user is the caller.");
        var userId = context.UserId();
        var (started, trace) = (meter.Start(), traces.Begin());
        try
        {
            if (limits.LimitGrabs && await limits.Grab(context, userId) is { } beyond)
                return meter.Took(started, beyond);
            if (!gate.IsOpen(shard) && await gate.IsNeverUsed(shard))
                return meter.Took(started, await settled.Missing(packetId));
            var outcome = await coalescer.Grab(shard, packetId, userId, trace);
            // The only answer that needs the ledger. There is nothing to grab, so nothing waits for it.
            return meter.Took(started,
                outcome.Status == GrabStatus.Unknown ? await settled.Missing(packetId) : Answer(context, packetId, userId, outcome));
        }
        // Caught here and not at the edge: the meter counts it, and each layer that an exception passes through costs
        // time when thousands are refused.
        catch (Exception exception) when (EdgeProblems.ForOutage(exception) is { } outage)
        {
            return meter.Took(started, outage);
        }
    }

    private IResult Answer(HttpContext context, string packetId, string userId, GrabOutcome outcome)
    {
        switch (outcome.Status)
        {
            case GrabStatus.Again:
                context.Response.Headers[IdempotencyHeaders.Replayed] = "true";
                return new GrabResult(packetId, userId, outcome);
            case GrabStatus.Won:
            case GrabStatus.Emptied:
            case GrabStatus.Expired:
                return new GrabResult(packetId, userId, outcome);
            case GrabStatus.Full:
                return EdgeProblems.OutboxFull;
            case GrabStatus.Damaged:
                logger.PacketDamaged(packetId);
                return EdgeProblems.PacketDamaged;
            default:
                throw new InvalidOperationException($"No answer is known for {outcome.Status}.");
        }
    }

    // A chunked body without a byte counts as no body.
    private static async ValueTask<bool> HasBody(HttpContext context)
    {
        if (context.Request.ContentLength is { } length)
            return length > 0;
        return context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
            && await context.Request.Body.ReadAsync(new byte[1]) > 0;
    }
}
