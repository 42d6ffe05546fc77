using Microsoft.EntityFrameworkCore;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Packets;

/// <summary>
/// The ledger's knowledge of a packet's claims, for calls about the packet. Null when the ledger cannot be read: no
/// such call fails for that.
/// </summary>
internal sealed class SettledClaims(IDbContextFactory<LedgerDbContext> ledger)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    /// <summary>The ordinals from <paramref name="first"/> to <paramref name="last"/> whose claims are in the ledger.</summary>
    public Task<HashSet<int>?> Of(string packetId, int first, int last) => Read<HashSet<int>?>(async db =>
    {
        if (first > last)
            return [];
        var ordinals = await (from transfer in db.Transfers
                              join packet in db.Packets on transfer.Packet equals packet.Number
                              where packet.PacketId == packetId && transfer.Kind == EntryKind.Grab
                                  && transfer.Ordinal >= first && transfer.Ordinal <= last
                              select (int)transfer.Ordinal).ToListAsync();
        return [.. ordinals];
    });

    /// <summary>The refusal for a packet that Redis does not have. An archived packet is in the ledger only.</summary>
    public async Task<Problem> Missing(string packetId)
    {
        var archived = await Read<bool?>(
            async db => await db.Packets.AnyAsync(packet => packet.PacketId == packetId && packet.ArchivedAt != null));
        return archived == true ? EdgeProblems.PacketArchived : EdgeProblems.PacketUnknown;
    }

    /// <summary>
    /// The packet as it was sent, from its fund in the ledger; null when the ledger has none. Throws
    /// <see cref="OutageException"/> when the ledger cannot be read.
    /// </summary>
    public async Task<MadePacket?> Sent(string packetId)
    {
        try
        {
            await using var db = await ledger.CreateDbContextAsync();
            db.Database.SetCommandTimeout(s_limit);
            var fund = await Funds(db).FirstOrDefaultAsync(fund => fund.PacketId == packetId);
            return fund is not null && PacketTerms.TryParse(fund.Terms, fund.AmountFen) is { } terms
                ? new MadePacket(packetId, terms.Sender, fund.AmountFen, fund.GrantedAt, fund.GrantedAt + terms.ExpiresIn * 1000L, terms)
                : null;
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            throw new OutageException(Outage.Ledger, $"The ledger did not answer about packet {packetId}.", exception);
        }
    }

    /// <summary>
    /// The claim of an Idempotency-Key whose packet was sent since, as the ledger has it; null for none. Throws
    /// <see cref="OutageException"/> when the ledger cannot be read: then nobody knows whether the key was used.
    /// </summary>
    public async Task<KeyClaim?> ClaimOf(string keyHash, DateTimeOffset since)
    {
        var sinceMs = since.ToUnixTimeMilliseconds();
        try
        {
            await using var db = await ledger.CreateDbContextAsync();
            db.Database.SetCommandTimeout(s_limit);
            var fund = await Funds(db).Where(fund => fund.KeyHash == keyHash && fund.GrantedAt > sinceMs)
                .OrderByDescending(fund => fund.GrantedAt).FirstOrDefaultAsync();
            return fund is not null && PacketTerms.TryParse(fund.Terms, fund.AmountFen) is { } terms
                ? new KeyClaim(fund.PacketId, terms.ContentHash(fund.AmountFen))
                : null;
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            throw new OutageException(
                Outage.Gate, "Redis may lack Idempotency-Keys until its packets are compared, and the ledger did not answer.", exception);
        }
    }

    private static IQueryable<Fund> Funds(LedgerDbContext db) =>
        from packet in db.Packets
        join transfer in db.Transfers on packet.Number equals transfer.Packet
        where packet.Terms != null && transfer.Kind == EntryKind.Fund
        select new Fund
        {
            PacketId = packet.PacketId,
            KeyHash = packet.KeyHash,
            AmountFen = transfer.AmountFen,
            GrantedAt = transfer.GrantedAt,
            Terms = packet.Terms!,
        };

    private async Task<T?> Read<T>(Func<LedgerDbContext, Task<T>> read)
    {
        try
        {
            await using var db = await ledger.CreateDbContextAsync();
            db.Database.SetCommandTimeout(s_limit);
            return await read(db);
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            return default;
        }
    }

    private sealed class Fund
    {
        public required string PacketId { get; init; }
        public required string? KeyHash { get; init; }
        public required long AmountFen { get; init; }
        public required long GrantedAt { get; init; }
        public required string Terms { get; init; }
    }
}
