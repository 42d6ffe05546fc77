using System.Globalization;
using RedPacket.Http;
using RedPacket.Messages;

namespace RedPacket.Packets;

/// <summary><c>GET /api/v1/packets/{packetId}</c> and the operators' list of packets.</summary>
internal sealed class PacketEndpoints(
    RedisPackets packets, PacketChecks checks, ScriptRunner scripts, SettledClaims settled, TimeProvider clock)
{
    public async Task<IResult> One(HttpContext context, string packetId)
    {
        if (!PacketId.TryParse(packetId, out _))
            return EdgeProblems.PacketIdInvalid;
        var query = new QueryValues(context.Request.Query);
        var after = query.Number("after", 0, int.MaxValue) ?? 0;
        var limit = query.Limit();
        if (query.Refusal is { } refusal)
            return refusal;
        await checks.Wait(packetId);
        if (await packets.Find(packetId) is not { IsDamaged: false } packet
            || PacketTerms.TryParse(packet.Terms, packet.AmountFen) is not { } terms)
            return await packets.Exists(packetId) ? EdgeProblems.PacketDamaged : await settled.Missing(packetId);
        // after may be the largest int: the first ordinal of the page has to stay an int.
        var claims = await packets.Claims(packetId, (int)Math.Min(after + 1, int.MaxValue), (int)Math.Min(after + limit, packet.Next - 1));
        var inLedger = await settled.Of(packetId, claims);
        var grabs = claims.Select(claim => new GrabAnswer(claim.Ordinal, claim.UserId, claim.AmountFen!.Value,
            WireTime.Text(claim.GrantedAt!.Value), inLedger?.Contains(claim.Ordinal)));
        return Results.Json(await ToAnswer(packet, terms, [.. grabs]), PacketAnswersJson.Readable.PacketAnswer);
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
        while (page.Count < limit && await packets.Newest(after, QueryValues.PageLimit) is { Count: > 0 } ids)
        {
            foreach (var packet in await Task.WhenAll(ids.Select(packets.Find)))
            {
                // A record that cannot be read is left to the report, and the others are listed.
                if (page.Count < limit && packet is { IsDamaged: false } && (state is null || packet.StateAt(NowMs) == state)
                    && PacketTerms.TryParse(packet.Terms, packet.AmountFen) is { } terms)
                    page.Add(await ToAnswer(packet, terms, null));
            }

            after = page.Count == limit ? page[^1].PacketId : ids[^1];
        }

        var next = page.Count == limit ? page[^1].PacketId : null;
        return Results.Json(new PacketListAnswer(page, next), PacketAnswersJson.Readable.PacketListAnswer);
    }

    private long NowMs => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<PacketAnswer> ToAnswer(StoredPacket packet, PacketTerms terms,
        IReadOnlyList<GrabAnswer>? grabs) =>
        new PacketAnswer(packet.PacketId, packet.SenderId, terms.Kind, packet.AmountFen, packet.Count, terms.Greeting,
            WireTime.Text(packet.CreatedAt), WireTime.Text(packet.ExpiresAt), packet.StateAt(NowMs), packet.Next - 1,
            packet.GrantedFen, packet.LeftFen, packet.RefundFen, packet.IsOpen ? null : await Luckiest(packet), grabs);

    private async Task<LuckiestAnswer?> Luckiest(StoredPacket packet) =>
        packet.Best is { } best ? new LuckiestAnswer(best.UserId, best.AmountFen)
        : packet.Next == 1 ? null
        : await LuckiestOfAll(packet);

    // For packets of an earlier version, which do not keep their best share. They are gone some weeks after the
    // upgrade.
    private async Task<LuckiestAnswer?> LuckiestOfAll(StoredPacket packet)
    {
        var granted = packet.Next - 1L;
        _ = PacketId.TryParse(packet.PacketId, out var shard);
        var key = PacketKeys.Shares(shard, packet.PacketId);
        var text = (byte[]?)await scripts.Database.StringGetRangeAsync(key, 0, granted * PacketKeys.ShareWidth - 1) ?? [];
        var shares = new long[text.Length / PacketKeys.ShareWidth];
        for (var i = 0; i < shares.Length; i++)
            shares[i] = long.Parse(text.AsSpan(i * PacketKeys.ShareWidth, PacketKeys.ShareWidth), NumberStyles.None,
                CultureInfo.InvariantCulture);
        while (shares.Length > 0 && shares.Max() is > 0 and var fen)
        {
            var index = Array.IndexOf(shares, fen);
            var hash = PacketKeys.Packet(shard, packet.PacketId);
            if ((string?)await scripts.Database.HashGetAsync(hash, PacketFields.Ordinal(index + 1)) is { } user)
                return new LuckiestAnswer(user, fen);
            // A rebuilt packet may lack the user of an ordinal: then the next largest share counts.
            shares[index] = 0;
        }

        return null;
    }
}
