using System.Globalization;
using RedPacket.Http;
using RedPacket.Messages;

namespace RedPacket.Packets.Views;

/// <summary>Reads packets as the calls answer them.</summary>
internal sealed class PacketViews(
    RedisPackets packets, PacketChecks checks, ScriptRunner scripts, SettledClaims settled, TimeProvider clock)
{
    // Packets that are watched leave the connections to the ledger to the calls.
    private static readonly SemaphoreSlim s_ledgerReads = new(4);

    /// <summary>Waits until the packet was compared with the ledger, if Redis may have lost something since.</summary>
    public Task Compared(string packetId) => checks.Wait(packetId);

    /// <summary>The packet without its shares; null when Redis has none of that id, or has a record that cannot be read.</summary>
    public async Task<PacketAnswer?> Find(string packetId) =>
        await packets.Find(packetId) is { } packet ? await Of(packet) : null;

    /// <summary>The same for a packet that was read; null for a record that cannot be read.</summary>
    public async Task<PacketAnswer?> Of(StoredPacket packet) =>
        packet.IsDamaged || PacketTerms.TryParse(packet.Terms, packet.AmountFen) is not { } terms ? null
        : new PacketAnswer(packet.PacketId, packet.SenderId, terms.Kind, packet.AmountFen, packet.Count, terms.Greeting,
            WireTime.Text(packet.CreatedAt), WireTime.Text(packet.ExpiresAt), packet.StateAt(clock.GetUtcNow().ToUnixTimeMilliseconds()),
            packet.Next - 1, packet.GrantedFen, packet.LeftFen, packet.RefundFen, packet.IsOpen ? null : await Luckiest(packet), null);

    /// <summary>Why there is no packet to show.</summary>
    public async Task<Problem> Refusal(string packetId) =>
        await packets.Exists(packetId) ? EdgeProblems.PacketDamaged : await settled.Missing(packetId);

    /// <summary>The shares from ordinal <paramref name="first"/> to <paramref name="last"/>, without those that nobody holds.</summary>
    public async Task<GrabAnswer[]> Grabs(string packetId, int first, int last)
    {
        var claims = await packets.Claims(packetId, first, last);
        var inLedger = await settled.Of(packetId, first, last);
        return ToAnswers(claims, ordinal => inLedger?.Contains(ordinal));
    }

    /// <summary>The same, without asking the ledger: as if it had none of them.</summary>
    public async Task<GrabAnswer[]> Granted(string packetId, int first, int last) =>
        ToAnswers(await packets.Claims(packetId, first, last), _ => false);

    /// <summary>
    /// The ordinals in this range that the ledger has; null when it cannot be read. Waits while other watched packets ask.
    /// </summary>
    public async Task<HashSet<int>?> Settled(string packetId, int first, int last)
    {
        await s_ledgerReads.WaitAsync();
        try
        {
            return await settled.Of(packetId, first, last);
        }
        finally
        {
            s_ledgerReads.Release();
        }
    }

    private static GrabAnswer[] ToAnswers(IEnumerable<StoredClaim> claims, Func<int, bool?> settled) =>
    [
        .. claims.Select(claim => new GrabAnswer(claim.Ordinal, claim.UserId, claim.AmountFen!.Value,
            WireTime.Text(claim.GrantedAt!.Value), settled(claim.Ordinal))),
    ];

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
        var text = (byte[]?)await scripts.Database.TextOf(key) ?? [];
        var shares = new long[Math.Min(granted, text.Length / PacketKeys.ShareWidth)];
        for (var i = 0; i < shares.Length; i++)
            shares[i] = long.Parse(text.AsSpan(i * PacketKeys.ShareWidth, PacketKeys.ShareWidth), NumberStyles.None,
                CultureInfo.InvariantCulture);
        while (shares.Length > 0 && shares.Max() is > 0 and var fen)
        {
            var index = Array.IndexOf(shares, fen);
            var hash = PacketKeys.Packet(shard, packet.PacketId);
            if ((string?)(await scripts.Database.Fields(hash, PacketFields.Ordinal(index + 1)))[0] is { } user)
                return new LuckiestAnswer(user, fen);
            // A rebuilt packet may lack the user of an ordinal: then the next largest share counts.
            shares[index] = 0;
        }

        return null;
    }
}
