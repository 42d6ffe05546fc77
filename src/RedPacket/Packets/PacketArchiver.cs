using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Deletes packets from Redis that have been closed for <see cref="PacketsOptions.Retain"/>, by the clock of Redis, and
/// have been in the ledger to the last fen for as long. The ledger marks a packet as archived first (PROTOCOL 7.2). A
/// crash in between leaves an archived packet in Redis, which the next round deletes. It rests many times as long as it
/// works.
/// </summary>
internal sealed class PacketArchiver(
    ShardLoops shards, ShardGate gate, RedisPackets packets, ScriptRunner scripts, Journal journal,
    IDbContextFactory<LedgerDbContext> ledger, IOptions<PacketsOptions> options, TimeProvider clock, ILogger<PacketArchiver> logger)
    : BackgroundService
{
    private const int PerPage = 200;
    private const int RestTimes = 19;
    private const int MostRefused = 100_000;
    private readonly ConcurrentDictionary<int, Dictionary<string, ArchiveState>> _refused = new();
    private readonly Loop _loop = new(clock, IsOutage, outage => logger.RoundPostponed(outage.Message));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => shards.Run("Archiving",
        (shard, stopping) => _loop.Run(Pause, token => ArchiveShard(shard, token), stopping), stoppingToken);

    private TimeSpan Pause =>
        options.Value.Retain < TimeSpan.FromMinutes(1) ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(20);

    private static bool IsOutage(Exception exception) =>
        RedisOutage.Postpones(exception) || LedgerOutage.IsUnread(exception);

    /// <summary>
    /// Archives packets of the shard, and returns how many. A packet that differs from the ledger stays, for report and
    /// repair. It is compared again only when something about it has changed.
    /// </summary>
    public async Task<int> ArchiveShard(int shard, CancellationToken cancellation)
    {
        var archived = 0;
        // All packets to delete were compared under this run. An opening in between means that the ledger may have gone
        // back.
        if (await gate.Look(shard) is not { IsWalked: false, Id: var run })
            return archived;
        var now = await RedisClock.Now(scripts.Database, shard);
        var refused = new Dictionary<string, ArchiveState>(StringComparer.Ordinal);
        // The score of a closed packet is minus its closing time.
        var (score, skip) = ((double)((long)options.Value.Retain.TotalMilliseconds - now), 0L);
        while (!cancellation.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            var page = await scripts.Database.SortedSetRangeByScoreWithScoresAsync(
                PacketKeys.Live(shard), score, -1, order: Order.Ascending, skip: skip, take: PerPage);
            var gone = await Archive(shard, run, [.. page.Select(packet => (string)packet.Element!)], now, refused, cancellation);
            archived += gone.Count;
            if (page.Length < PerPage)
                break;
            // The next page begins at the last score. Packets that stay and have the same score come before it.
            var last = page[^1].Score;
            skip = (last > score ? 0 : skip) + page.Count(packet => packet.Score >= last && !gone.Contains(packet.Element!));
            score = last;
            await _loop.Pause(shards.Rest(clock.GetElapsedTime(started), RestTimes), cancellation);
        }

        _refused[shard] = refused;
        if (archived > 0)
            logger.PacketsArchived(archived, shard);
        return archived;
    }

    // Returns the packets that have left Redis, and adds the others to those that are refused.
    private async Task<HashSet<string>> Archive(
        int shard, string run, string[] ids, long now, Dictionary<string, ArchiveState> refused, CancellationToken cancellation)
    {
        if (ids.Length == 0)
            return [];
        var stored = await Task.WhenAll(ids.Select(packets.Find));
        var exists = await Task.WhenAll(ids.Select((id, i) => stored[i] is null ? packets.Exists(id) : Task.FromResult(true)));
        await using var db = await ledger.CreateDbContextAsync(cancellation);
        var states = await ArchiveState.Read(db, ids, stored, cancellation);
        var before = _refused.GetValueOrDefault(shard);
        // An id without a packet is left by an interrupted deletion, and that packet was marked.
        List<string> marked = [.. ids.Where((_, i) => states[i].IsMarked && (stored[i] is { IsOpen: false } || !exists[i]))];
        var candidates = Enumerable.Range(0, ids.Length).Where(i => states[i].MayGo && before?.GetValueOrDefault(ids[i]) != states[i]);
        var settled = await Settled(db, [.. candidates.Select(i => (states[i].Number, stored[i]!))], cancellation);
        var fresh = await RecordedSince(db, now - (long)options.Value.Retain.TotalMilliseconds, settled, cancellation);
        marked.AddRange(await Mark(shard, run, settled.FindAll(packet => !fresh.Contains(packet.Number)), now, cancellation));
        if (marked.Count > 0)
            await Delete(shard, run, marked, cancellation);
        foreach (var _ in marked)
            CrashPoint.Pass(CrashPoint.ArchiveDeleted);
        var gone = marked.ToHashSet(StringComparer.Ordinal);
        foreach (var (i, id) in ids.Index().Where(id => !gone.Contains(id.Item) && !fresh.Contains(states[id.Index].Number)))
        {
            if (refused.Count < MostRefused)
                refused[id] = states[i];
        }
        return gone;
    }

    // Some were marked by another process, perhaps just now. One transaction sees all marks, and Redis keeps its
    // number.
    private async Task Delete(int shard, string run, IReadOnlyList<string> marked, CancellationToken cancellation)
    {
        var proof = await journal.ProveArchived(shard, run, marked, cancellation);
        if (proof is not { } mark || !await packets.Delete(shard, run, mark, marked))
            throw RunIsOver(shard);
    }

    // The packets among these that are equal in the ledger to the last row. Entries that may still be in the outbox can
    // only be duplicates.
    private static async Task<List<ArchivedPacket>> Settled(
        LedgerDbContext db, IReadOnlyList<(long Number, StoredPacket Stored)> candidates, CancellationToken cancellation)
    {
        if (candidates.Count == 0)
            return [];
        var sums = await KindSum.Read(db, [.. candidates.Select(candidate => candidate.Number)], cancellation);
        bool IsSettled(long number, StoredPacket packet)
        {
            KindSum Of(EntryKind kind) => sums.GetValueOrDefault((number, kind), KindSum.None);
            return Of(EntryKind.Fund).Fen == packet.AmountFen && Of(EntryKind.Refund).Fen == packet.RefundFen
                && Of(EntryKind.Grab).Fen == packet.GrantedFen && Of(EntryKind.Grab).Checksum == packet.Sum;
        }

        return [.. from candidate in candidates
                   where IsSettled(candidate.Number, candidate.Stored)
                   let packet = candidate.Stored
                   select new ArchivedPacket(candidate.Number, packet.PacketId, packet.IsEmptied, packet.AmountFen, packet.GrantedFen,
                       packet.RefundFen)];
    }

    // The numbers of those of which something was recorded after this time, such as a share that a correction paid. A
    // backup of the ledger may lack it, and then Redis still has it.
    private static async Task<HashSet<long>> RecordedSince(
        LedgerDbContext db, long sinceMs, List<ArchivedPacket> packets, CancellationToken cancellation)
    {
        if (packets.Count == 0)
            return [];
        long[] numbers = [.. packets.Select(packet => packet.Number)];
        var newest = db.Transfers.Where(transfer => EF.Parameter(numbers).Contains(transfer.Packet)).GroupBy(transfer => transfer.Packet)
            .Select(rows => new { Packet = rows.Key, Recording = rows.Max(transfer => transfer.Recording) });
        var query =
            from transfer in newest
            join recording in db.Recordings on transfer.Recording equals recording.Id
            where recording.RecordedAt > sinceMs
            select transfer.Packet;
        return [.. await query.ToListAsync(cancellation)];
    }

    // Returns the ids of those that are marked now. One that the ledger refuses does not hold up the others.
    private async Task<IEnumerable<string>> Mark(
        int shard, string run, List<ArchivedPacket> settled, long now, CancellationToken cancellation)
    {
        if (settled.Count == 0)
            return [];
        try
        {
            if (!await journal.Archive(shard, run, settled, now, cancellation))
                throw RunIsOver(shard);
        }
        catch (Exception exception) when (LedgerOutage.IsRefusal(exception))
        {
            if (settled.Count == 1)
            {
                logger.PacketNotArchived(settled[0].PacketId, exception.Message);
                return [];
            }
            List<string> marked = [];
            foreach (var packet in settled)
                marked.AddRange(await Mark(shard, run, [packet], now, cancellation));
            return marked;
        }

        foreach (var _ in settled)
            CrashPoint.Pass(CrashPoint.ArchiveMarked);
        return settled.Select(packet => packet.PacketId);
    }

    private static OutageException RunIsOver(int shard) =>
        new(Outage.Gate, $"The gate of shard {shard} is being opened again.");
}
