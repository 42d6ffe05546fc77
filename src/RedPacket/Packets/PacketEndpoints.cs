using RedPacket.Http;
using RedPacket.Messages;
using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary><c>GET /api/v1/packets/{packetId}</c> and the operators' list of packets.</summary>
internal sealed class PacketEndpoints(RedisPackets packets, ScriptRunner store, SettledClaims settled, TimeProvider clock)
{
    private const int LongestPage = 100;

    public async Task<IResult> One(HttpContext context, string packetId)
    {
        if (!PacketId.TryParse(packetId, out _))
            return new Problem(400, "packet_id_invalid", "A packet id is <shard>-<32 hex digits>.");
        if (!TryNumber(context, "after", 0, 0, int.MaxValue, out var after) || !TryNumber(context, "limit", LongestPage, 1, LongestPage, out var limit))
            return new Problem(400, "page_invalid", $"after is an ordinal from 0, limit a number from 1 to {LongestPage}.");
        return await Guarded(async () =>
        {
            if (await packets.Find(packetId) is not { } packet)
                return await packets.Exists(packetId) ? Damaged(packetId) : await settled.Missing(packetId);
            // after may be any ordinal up to the largest int: the last page's end has to stay below it.
            var claims = await packets.Claims(packetId, (int)Math.Min(after + 1L, int.MaxValue), (int)Math.Min(after + (long)limit, packet.Next - 1));
            var booked = await settled.Of(packetId, claims);
            var grabs = claims.Select(claim => new GrabAnswer(claim.Ordinal, claim.UserId, claim.AmountFen!.Value, WireTime.Text(claim.GrantedAt!.Value), booked?.Contains(claim.Ordinal)));
            return Results.Json(await ToAnswer(packet, [.. grabs]), PacketAnswersJson.Readable.PacketAnswer);
        });
    }

    public async Task<IResult> Newest(HttpContext context)
    {
        string? state = context.Request.Query["state"], after = context.Request.Query["after"];
        if (state is not null && !PacketState.IsKnown(state))
            return new Problem(400, "state_invalid", "state is open, emptied or expired.");
        if (after is not null && !PacketId.TryParse(after, out _))
            return new Problem(400, "packet_id_invalid", "after is the id of the last packet of the page before.");
        if (!TryNumber(context, "limit", LongestPage, 1, LongestPage, out var limit))
            return new Problem(400, "page_invalid", $"limit is a number from 1 to {LongestPage}.");
        return await Guarded(async () =>
        {
            List<PacketAnswer> page = [];
            while (page.Count < limit && await packets.Newest(after, LongestPage) is { Count: > 0 } ids)
            {
                foreach (var packet in await Task.WhenAll(ids.Select(packets.Find)))
                {
                    if (page.Count < limit && packet is not null && (state is null || packet.StateAt(NowMs) == state))
                        page.Add(await ToAnswer(packet, null));
                }

                after = page.Count == limit ? page[^1].PacketId : ids[^1];
            }

            return Results.Json(new PacketListAnswer(page, page.Count == limit ? page[^1].PacketId : null), PacketAnswersJson.Readable.PacketListAnswer);
        });
    }

    private long NowMs => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static Problem Damaged(string packetId) =>
        new(503, "packet_damaged", $"The record of packet {packetId} cannot be read. Nothing was changed; the consistency report says more.", TimeSpan.FromSeconds(5));

    private static async Task<IResult> Guarded(Func<Task<IResult>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return new StoreRefusedException(StoreRefusal.Unavailable, exception.Message, exception).ToProblem();
        }
    }

    private async Task<PacketAnswer> ToAnswer(StoredPacket packet, IReadOnlyList<GrabAnswer>? grabs)
    {
        var terms = PacketTerms.Parse(packet.Terms);
        return new PacketAnswer(packet.PacketId, packet.SenderId, terms.Kind, packet.AmountFen, packet.Count, terms.Greeting, WireTime.Text(packet.CreatedAt),
            WireTime.Text(packet.ExpiresAt), packet.StateAt(NowMs), packet.Next - 1, packet.GrantedFen, packet.LeftFen, packet.RefundFen,
            packet.IsOpen ? null : await Luckiest(packet), grabs);
    }

    private async Task<LuckiestAnswer?> Luckiest(StoredPacket packet)
    {
        var granted = packet.Next - 1L;
        if (granted == 0)
            return null;
        _ = PacketId.TryParse(packet.PacketId, out var shard);
        var text = (byte[]?)await store.Database.StringGetRangeAsync(PacketKeys.Shares(shard, packet.PacketId), 0, granted * PacketKeys.ShareWidth - 1) ?? [];
        var shares = new long[text.Length / PacketKeys.ShareWidth];
        for (var i = 0; i < shares.Length; i++)
            shares[i] = long.Parse(text.AsSpan(i * PacketKeys.ShareWidth, PacketKeys.ShareWidth), NumberStyles.None, CultureInfo.InvariantCulture);
        while (shares.Length > 0 && shares.Max() is > 0 and var fen)
        {
            var index = Array.IndexOf(shares, fen);
            if ((string?)await store.Database.HashGetAsync(PacketKeys.Packet(shard, packet.PacketId), PacketFields.Ordinal(index + 1)) is { } user)
                return new LuckiestAnswer(user, fen);
            // An ordinal without a holder is a hole of a packet that was rebuilt: the next largest share counts.
            shares[index] = 0;
        }

        return null;
    }

    private static bool TryNumber(HttpContext context, string name, int standard, int min, int max, out int number)
    {
        number = standard;
        return !context.Request.Query.TryGetValue(name, out var text)
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max);
    }
}
