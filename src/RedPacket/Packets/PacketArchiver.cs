using RedPacket.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RedPacket.Ledger;
using RedPacket.Messages;
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
        if (packet is { State: "open" } || (packet is null && await packets.Exists(packetId)))
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
            await journal.Archive(new ArchivedPacket(row.Number, shard, packetId, packet.State == "emptied", packet.AmountFen, packet.GrantedFen, packet.RefundFen),
                clock.GetUtcNow().ToUnixTimeMilliseconds(), cancellation);
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
        var sums = await KindSum.Read(db, [number], cancellation);
        KindSum Of(EntryKind kind) => sums.GetValueOrDefault((number, kind), KindSum.None);
        return Of(EntryKind.Fund).Fen == packet.AmountFen && Of(EntryKind.Refund).Fen == packet.RefundFen
            && Of(EntryKind.Grab).Fen == packet.GrantedFen && Of(EntryKind.Grab).Checksum == packet.Sum;
    }
}
