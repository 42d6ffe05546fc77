using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Packets.Views;

namespace RedPacket.Packets;

/// <summary><c>GET /api/v1/packets/{packetId}</c> and the operators' list of packets.</summary>
internal sealed class PacketEndpoints(RedisPackets packets, PacketViews views, TimeProvider clock)
{
    // Of a million packets, perhaps none is in the state that is asked for.
    private const int LooksAtMost = 10_000;

    public async Task<IResult> One(HttpContext context, string packetId)
    {
        if (!PacketId.TryParse(packetId, out _))
            return EdgeProblems.PacketIdInvalid;
        var query = new QueryValues(context.Request.Query);
        var after = query.Number("after", 0, int.MaxValue) ?? 0;
        var limit = query.Limit();
        if (query.Refusal is { } refusal)
            return refusal;
        await views.Compared(packetId);
        if (await views.Find(packetId) is not { } packet)
            return await views.Refusal(packetId);
        // after may be the largest int: the first ordinal of the page has to stay an int.
        var first = (int)Math.Min(after + 1, int.MaxValue);
        var grabs = await views.Grabs(packetId, first, (int)Math.Min(after + limit, packet.GrabbedCount));
        return Results.Json(packet with { Grabs = grabs }, PacketAnswersJson.Readable.PacketAnswer);
    }

    public async Task<IResult> Newest(HttpContext context)
    {
        var query = new QueryValues(context.Request.Query);
        var state = query.OneOf("state", PacketState.Open, PacketState.Emptied, PacketState.Expired);
        string? after = context.Request.Query["after"];
        if (after is not null && !PacketId.TryParse(after, out _))
            query.Refuse(EdgeProblems.PacketIdInvalid);
        var limit = query.Limit();
        if (query.Refusal is { } refusal)
            return refusal;
        List<PacketAnswer> page = [];
        var (looked, isEnd) = (0, false);
        while (page.Count < limit && looked < LooksAtMost && !isEnd)
        {
            var ids = await packets.Newest(after, QueryValues.PageLimit);
            (looked, isEnd) = (looked + ids.Count, ids.Count < QueryValues.PageLimit);
            foreach (var packet in await Task.WhenAll(ids.Select(packets.Find)))
            {
                // A record that cannot be read is left to the report, and the others are listed.
                if (page.Count < limit && packet is not null && (state is null || packet.StateAt(NowMs) == state)
                    && await views.Of(packet) is { } answer)
                    page.Add(answer);
            }

            after = page.Count == limit ? page[^1].PacketId : ids.LastOrDefault(after!);
        }

        var next = page.Count < limit && isEnd ? null : after;
        return Results.Json(new PacketListAnswer(page, next), PacketAnswersJson.Readable.PacketListAnswer);
    }

    private long NowMs => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
