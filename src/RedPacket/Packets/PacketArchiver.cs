using RedPacket.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Takes packets out of Redis that are closed, booked to the last fen and older than <see cref="PacketsOptions.Retain"/>. The ledger is told
/// first: a crash in between leaves a packet that is archived and still in Redis, which the next round deletes; never one that is neither.
/// </summary>
internal sealed class PacketArchiver(RedisPackets packets, ScriptRunner store, Journal journal, IDbContextFactory<LedgerDbContext> ledger,
    IOptions<PacketsOptions> options, TimeProvider clock, ILogger<PacketArchiver> logger) : BackgroundService
{
    private const int PerRound = 200;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = options.Value.Retain < TimeSpan.FromMinutes(1) ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(20);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var shard in await packets.Shards())
                    await ArchiveShard(shard, stoppingToken);
            }
            catch (Exception exception) when (exception is StoreRefusedException or RedisException or TimeoutException || LedgerOutage.IsUnread(exception))
            {
                logger.SweepPutOff(exception.Message);
            }

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Archives what may go, and returns how many packets went. What differs from the ledger stays, for report and repair.</summary>
    public async Task<int> ArchiveShard(int shard, CancellationToken cancellation)
    {
        var archived = 0;
        var until = -(clock.GetUtcNow() - options.Value.Retain).ToUnixTimeMilliseconds();
        for (var skip = 0L; !cancellation.IsCancellationRequested;)
        {
            // Closed packets stand under minus their closing time: the longest closed last.
            var ids = await store.Database.SortedSetRangeByScoreAsync(PacketKeys.Live(shard), until, -1, order: Order.Ascending, skip: skip, take: PerRound);
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
            // A name without a packet is what a deletion that was cut short has left, and that one was marked.
            if (packet is null || !await IsSettled(db, row.Number, packet, cancellation))
                return false;
            await MarkArchived(shard, row.Number, packet, cancellation);
            CrashPoint.Pass(CrashPoint.ArchiveMarked);
        }

        await packets.Forget(packetId);
        return true;
    }

    // Everything equal in the ledger and nothing parked; what is in the ledger to the last claim cannot be in the outbox to any effect.
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
        return fund?.Fen == packet.AmountFen && (grab?.Fen ?? 0) == packet.GrantedFen && (grab?.Sum ?? 0) == packet.Sum && (refund?.Fen ?? 0) == packet.RefundFen;
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
