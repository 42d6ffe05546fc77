using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Deletes packets from Redis that have been closed for <see cref="PacketsOptions.Retain"/> and are in the ledger to the last fen. The
/// ledger marks a packet as archived first. A crash in between leaves an archived packet in Redis, which the next round deletes.
/// </summary>
internal sealed class PacketArchiver(RedisPackets packets, ScriptRunner store, Journal journal, IDbContextFactory<LedgerDbContext> ledger,
    IOptions<PacketsOptions> options, TimeProvider clock, ILogger<PacketArchiver> logger) : BackgroundService
{
    private const int PerRound = 200;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, IsOutage, outage => logger.SweepPostponed(outage.Message)).Run(Pause, Archive, stoppingToken);

    private TimeSpan Pause => options.Value.Retain < TimeSpan.FromMinutes(1) ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(20);

    private static bool IsOutage(Exception exception) =>
        exception is StoreRefusedException || RedisOutage.Is(exception) || LedgerOutage.IsUnread(exception);

    private async Task Archive(CancellationToken stopping)
    {
        foreach (var shard in await packets.Shards())
            await ArchiveShard(shard, stopping);
    }

    /// <summary>
    /// Archives packets of the shard, and returns how many. A packet that differs from the ledger stays, for report and repair.
    /// </summary>
    public async Task<int> ArchiveShard(int shard, CancellationToken cancellation)
    {
        var archived = 0;
        var until = -(clock.GetUtcNow() - options.Value.Retain).ToUnixTimeMilliseconds();
        for (var skip = 0L; !cancellation.IsCancellationRequested;)
        {
            // The score of a closed packet is minus its closing time.
            var ids = await store.Database.SortedSetRangeByScoreAsync(
                PacketKeys.Live(shard), until, -1, order: Order.Ascending, skip: skip, take: PerRound);
            var gone = 0;
            foreach (var id in ids)
                gone += await Archive(shard, (string)id!, cancellation) ? 1 : 0;
            archived += gone;
            skip += ids.Length - gone;
            if (ids.Length < PerRound)
                break;
        }

        if (archived > 0)
            logger.PacketsArchived(archived, shard);
        return archived;
    }

    private async Task<bool> Archive(int shard, string packetId, CancellationToken cancellation)
    {
        var packet = await packets.Find(packetId);
        if (packet is { IsOpen: true } || (packet is null && await packets.Exists(packetId)))
            return false;
        await using var db = await ledger.CreateDbContextAsync(cancellation);
        var row = await db.Packets.AsNoTracking().SingleOrDefaultAsync(p => p.PacketId == packetId, cancellation);
        if (row is null)
            return false;
        if (row.ArchivedAt is null)
        {
            // An id without a packet is left by an interrupted deletion, and that packet was marked.
            if (packet is null || !await IsSettled(db, row.Number, packet, cancellation))
                return false;
            await MarkArchived(shard, row.Number, packet, cancellation);
            CrashPoint.Pass(CrashPoint.ArchiveMarked);
        }

        await packets.Forget(packetId);
        return true;
    }

    // Everything is equal in the ledger and nothing is parked. Entries that may still be in the outbox can only be duplicates then.
    private static async Task<bool> IsSettled(LedgerDbContext db, long number, StoredPacket packet, CancellationToken cancellation)
    {
        if (await db.Parked.AnyAsync(parked => parked.ResolvedAt == null && parked.PacketId == packet.PacketId, cancellation))
            return false;
        var rows = await (from transfer in db.Transfers
                          where transfer.Packet == number
                          join account in db.Accounts on transfer.CreditAccount equals account.Id
                          group new { transfer, account } by transfer.Kind into kind
                          select new
                          {
                              Kind = kind.Key,
                              Count = kind.Count(),
                              Fen = kind.Sum(row => row.transfer.AmountFen),
                              Sum = kind.Sum(row => (row.account.Check + row.transfer.Ordinal) * row.transfer.AmountFen),
                          }).ToListAsync(cancellation);
        var fund = rows.SingleOrDefault(row => row.Kind == TransferKind.Fund);
        var grab = rows.SingleOrDefault(row => row.Kind == TransferKind.Grab);
        var refund = rows.SingleOrDefault(row => row.Kind == TransferKind.Refund);
        return fund?.Fen == packet.AmountFen && (grab?.Fen ?? 0) == packet.GrantedFen && (grab?.Sum ?? 0) == packet.Sum
            && (refund?.Fen ?? 0) == packet.RefundFen;
    }

    private Task MarkArchived(int shard, long number, StoredPacket packet, CancellationToken cancellation) => journal.Run((connection, transaction) =>
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (Sql.Execute(connection, transaction, "UPDATE packets SET archived_at = @now WHERE number = @number AND archived_at IS NULL", ("now", now), ("number", number)) == 0)
            return;
        Sql.Execute(connection, transaction, "UPDATE accounts SET archived_at = @now WHERE code = @code", ("now", now), ("code", $"packet:{packet.PacketId}"));
        Sql.Execute(connection, transaction, """
            INSERT INTO shards (shard, highest_seq, archived_packets, archived_emptied, archived_claims, archived_funded_fen, archived_granted_fen, archived_refunded_fen)
            SELECT @shard, 0, 1, @emptied, (SELECT count(*) FROM transfers WHERE packet = @number AND kind = 2), @funded, @granted, @refunded WHERE true
            ON CONFLICT (shard) DO UPDATE SET archived_packets = shards.archived_packets + 1, archived_emptied = shards.archived_emptied + excluded.archived_emptied,
                archived_claims = shards.archived_claims + excluded.archived_claims, archived_funded_fen = shards.archived_funded_fen + excluded.archived_funded_fen,
                archived_granted_fen = shards.archived_granted_fen + excluded.archived_granted_fen, archived_refunded_fen = shards.archived_refunded_fen + excluded.archived_refunded_fen
            """, ("shard", shard), ("emptied", packet.IsEmptied ? 1 : 0), ("number", number), ("funded", packet.AmountFen),
            ("granted", packet.GrantedFen), ("refunded", packet.RefundFen));
    }, cancellation);
}
