using Microsoft.EntityFrameworkCore;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Packets;

/// <summary>
/// The ledger's knowledge of packets, for calls about packets. A packet that Redis has is answered without it, too.
/// </summary>
internal sealed class SettledClaims(IDbContextFactory<LedgerDbContext> ledger)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The ordinals from <paramref name="first"/> to <paramref name="last"/> whose claims are in the ledger; null when it
    /// cannot be read.
    /// </summary>
    public async Task<HashSet<int>?> Of(string packetId, int first, int last)
    {
        if (first > last)
            return [];
        try
        {
            var ordinals = await MustRead(
                db => (from transfer in db.Transfers
                       join packet in db.Packets on transfer.Packet equals packet.Number
                       where packet.PacketId == packetId && transfer.Kind == EntryKind.Grab
                           && transfer.Ordinal >= first && transfer.Ordinal <= last
                       select (int)transfer.Ordinal).ToListAsync(),
                Outage.Ledger, NoAnswer(packetId));
            return [.. ordinals];
        }
        catch (OutageException)
        {
            return null;
        }
    }

    /// <summary>
    /// The refusal for a packet that Redis does not have: archived, or unknown. Neither is said without the ledger's word,
    /// because callers do not ask again after it.
    /// </summary>
    /// <exception cref="OutageException">
    /// The ledger cannot be read. Or it has the packet, and not as archived: it went back, or Redis lost the packet.
    /// </exception>
    public async Task<Problem> Missing(string packetId)
    {
        var rows = await MustRead(
            db => db.Packets.Where(packet => packet.PacketId == packetId).Select(packet => packet.ArchivedAt != null).ToListAsync(),
            Outage.Ledger, NoAnswer(packetId));
        return rows switch
        {
            [] => EdgeProblems.PacketUnknown,
            [true] => EdgeProblems.PacketArchived,
            _ => throw new OutageException(Outage.Gate, $"The ledger has packet {packetId}, and Redis does not have it now."),
        };
    }

    /// <summary>
    /// The packet as it was sent, from its fund in the ledger; null when the ledger has none. Throws
    /// <see cref="OutageException"/> when the ledger cannot be read.
    /// </summary>
    public async Task<MadePacket?> Sent(string packetId)
    {
        var fund = await MustRead(
            db => Funds(db).FirstOrDefaultAsync(fund => fund.PacketId == packetId),
            Outage.Ledger, NoAnswer(packetId));
        return fund is not null && PacketTerms.TryParse(fund.Terms, fund.AmountFen) is { } terms
            ? new MadePacket(packetId, terms.Sender, fund.AmountFen, fund.GrantedAt, fund.GrantedAt + terms.ExpiresIn * 1000L, terms)
            : null;
    }

    /// <summary>
    /// The claim of an Idempotency-Key whose packet was sent after this time (ms), as the ledger has it; null for none. Throws
    /// <see cref="OutageException"/> when the ledger cannot be read: then nobody knows whether the key was used.
    /// </summary>
    public async Task<KeyClaim?> ClaimOf(string keyHash, long sinceMs)
    {
        var fund = await MustRead(
            db => Funds(db).Where(fund => fund.KeyHash == keyHash && fund.GrantedAt > sinceMs)
                .OrderByDescending(fund => fund.GrantedAt).FirstOrDefaultAsync(),
            Outage.Gate, "Redis may lack Idempotency-Keys until its packets are compared, and the ledger did not answer.");
        return fund is not null && PacketTerms.TryParse(fund.Terms, fund.AmountFen) is { } terms
            ? new KeyClaim(fund.PacketId, terms.ContentHash(fund.AmountFen))
            : null;
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

    private static string NoAnswer(string packetId) => $"The ledger did not answer about packet {packetId}.";

    private async Task<T> MustRead<T>(Func<LedgerDbContext, Task<T>> read, Outage outage, string message)
    {
        // Others may have all connections.
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await using var db = await ledger.CreateDbContextAsync(limit.Token);
            await db.Database.OpenConnectionAsync(limit.Token);
            db.Database.SetCommandTimeout(s_limit);
            return await read(db);
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception) || exception is OperationCanceledException)
        {
            throw new OutageException(outage, message, exception);
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
