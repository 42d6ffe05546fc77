using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Deletes packets from Redis that have been closed for <see cref="PacketsOptions.Retain"/> and are in the ledger to the last fen. The
/// ledger marks a packet as archived first. A crash in between leaves an archived packet in Redis, which the next round deletes.
/// </summary>
internal sealed class PacketArchiver(RedisPackets packets, ScriptRunner scripts, Journal journal, IDbContextFactory<LedgerDbContext> ledger,
    IOptions<PacketsOptions> options, TimeProvider clock, ILogger<PacketArchiver> logger) : BackgroundService
{
    private const int PerRound = 200;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, IsOutage, outage => logger.RoundPostponed(outage.Message)).Run(Pause, Archive, stoppingToken);

    private TimeSpan Pause => options.Value.Retain < TimeSpan.FromMinutes(1) ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(20);

    private static bool IsOutage(Exception exception) =>
        exception is OutageException || RedisOutage.Is(exception) || LedgerOutage.IsUnread(exception);

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
            var ids = await scripts.Database.SortedSetRangeByScoreAsync(
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
            var archived = new ArchivedPacket(
                row.Number, shard, packetId, packet.IsEmptied, packet.AmountFen, packet.GrantedFen, packet.RefundFen);
            await journal.Archive(archived, clock.GetUtcNow().ToUnixTimeMilliseconds(), cancellation);
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
        var sums = await KindSum.Read(db, [number], cancellation);
        KindSum Of(EntryKind kind) => sums.GetValueOrDefault((number, kind), KindSum.None);
        return Of(EntryKind.Fund).Fen == packet.AmountFen && Of(EntryKind.Refund).Fen == packet.RefundFen
            && Of(EntryKind.Grab).Fen == packet.GrantedFen && Of(EntryKind.Grab).Checksum == packet.Sum;
    }
}
