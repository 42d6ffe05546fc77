using RedPacket.Comparison;
using RedPacket.Hosting;
using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Keeps the gates: a shard whose Redis was restarted, restored, promoted or flushed deals nothing until its packets have been compared with the ledger
/// and mended. From just before the comparison on the ledger records nothing new that an earlier run has granted: what is compared stays compared. Any number
/// of these may run; one opens.
/// </summary>
internal sealed class GateKeeper(IConnectionMultiplexer redis, ShardGate gate, RedisReader store, LedgerReader books, PacketRebuild rebuild, Journal journal, AuditTrail audits,
    IDbContextFactory<LedgerDbContext> ledger, TimeProvider clock, ILogger<GateKeeper> logger, StoreCommit? commit = null) : BackgroundService
{
    private const int PerPage = 200;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_fenceLimit = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<int, bool> _seenOpen = new();
    private string? _trouble;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Without its ledger a gate stays as it is: the journal says what is wrong.
                foreach (var shard in journal.State.Up ? await AllShards(stoppingToken) : [])
                {
                    if (!await IsOpen(shard))
                        await Open(shard, stoppingToken);
                }

                _trouble = null;
            }
            catch (Exception exception) when (RedisReader.IsFailure(exception) || LedgerOutage.IsOutage(exception)
                || exception is DbException or LedgerUnavailableException or OpeningLostException or StoreRefusedException)
            {
                // Said once: a gate that waits for its ledger tries four times a second.
                if (exception.Message != _trouble)
                    logger.GateStaysClosed(exception.Message);
                _trouble = exception.Message;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(s_pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Redis's own set, and the ledger's: a flushed Redis knows none.
    private async Task<IEnumerable<int>> AllShards(CancellationToken cancellation)
    {
        var known = await store.Shards();
        if (known.Length > 0 && (await Task.WhenAll(known.Select(IsOpen))).All(open => open))
            return [];
        await using var db = await ledger.CreateDbContextAsync(cancellation);
        var booked = await db.Packets.Where(packet => packet.ArchivedAt == null).Select(packet => packet.Shard).Distinct().ToListAsync(cancellation);
        await redis.GetDatabase().SetAddAsync(PacketKeys.Shards, [.. booked.Select(shard => (RedisValue)shard)]);
        return known.Union(booked).Order();
    }

    // Open on both sides: a ledger that has another run records nothing of this one. It was restored, or met a fund that Redis has forgotten.
    private async Task<bool> IsOpen(int shard)
    {
        if (await gate.Look(shard) is not { } run)
            return false;
        _seenOpen[shard] = true;
        return await books.Run(shard, CancellationToken.None) == run.Nonce;
    }

    /// <summary>Compares and opens one shard. Throws when that cannot be done now; the gate is then still closed.</summary>
    public async Task Open(int shard, CancellationToken cancellation)
    {
        var opening = new GateOpening(redis, shard, clock);
        if (!await opening.Take())
            return;
        try
        {
            // It may have been opened since it was looked at.
            if (await IsOpen(shard))
            {
                await opening.GiveUp();
                return;
            }
            var started = clock.GetTimestamp();
            var highestSeq = await HighestSeq(shard, cancellation);
            var fences = await HasPackets(shard, cancellation);
            var (beganAt, usedSeq) = await opening.Begin(highestSeq, fences);
            CrashPoint.Pass(CrashPoint.GateBegun);
            var drained = !fences || await opening.WaitForFences(s_fenceLimit, cancellation);
            await opening.Renew();
            // An opener that has lost its right meanwhile sets a run that is not the open one: then the gate is opened once more.
            await journal.BeginRun(shard, opening.Run, usedSeq, cancellation);
            CrashPoint.Pass(CrashPoint.GateRunBegun);
            var count = await Compare(opening, shard, cancellation);
            var seconds = Math.Round(clock.GetElapsedTime(started).TotalSeconds, 3);
            // Before it opens: what is not written down is not done.
            await audits.Write(new GateDetail(shard, beganAt, count.Packets, count.Rebuilt, count.Claims, count.PutBack, count.Forgotten, seconds, drained), count.Some, cancellation);
            await opening.Open();
            CrashPoint.Pass(CrashPoint.GateOpened);
            if (commit is not null)
                await commit.Commit();
            logger.GateOpened(shard, count.Packets, count.Rebuilt, count.Claims, count.PutBack, seconds, drained);
        }
        catch
        {
            await GiveUp(opening);
            throw;
        }
    }

    private async Task<long> HighestSeq(int shard, CancellationToken cancellation)
    {
        await using var db = await ledger.CreateDbContextAsync(cancellation);
        return await db.Shards.Where(row => row.Shard == shard).Select(row => (long?)row.HighestSeq).SingleOrDefaultAsync(cancellation) ?? 0;
    }

    // Where nothing was ever sent, nothing can be on its way: a first start does not wait for a broker. One that was open before is none, though Redis was
    // flushed and the ledger has not seen anything yet.
    private async Task<bool> HasPackets(int shard, CancellationToken cancellation) =>
        _seenOpen.ContainsKey(shard) || await redis.GetDatabase().SortedSetLengthAsync(PacketKeys.Live(shard)) > 0 || (await books.NotArchived(shard, 0, 1, cancellation)).Count > 0;

    private async Task<OpeningCount> Compare(GateOpening opening, int shard, CancellationToken cancellation)
    {
        var count = new OpeningCount(0, 0, 0, 0, 0, []);
        await foreach (var page in store.Live(shard, PerPage, cancellation))
            count = await ComparePage(opening, page, count, cancellation);
        for (var after = 0L; ;)
        {
            var page = await books.NotArchived(shard, after, PerPage, cancellation);
            if (page.Count == 0)
                return count;
            after = page[^1].Number;
            string[] ids = [.. page.Select(packet => packet.PacketId)];
            var listed = await store.Listed(shard, ids);
            count = await ComparePage(opening, [.. ids.Where(id => !listed.Contains(id))], count, cancellation);
        }
    }

    private async Task<OpeningCount> ComparePage(GateOpening opening, IReadOnlyList<string> ids, OpeningCount count, CancellationToken cancellation)
    {
        if (ids.Count == 0)
            return count;
        await opening.Renew();
        var stored = await store.Read(ids);
        var booked = await books.Packets(ids, cancellation);
        var madeGood = await books.MadeGood(ids, cancellation);
        for (var i = 0; i < ids.Count; i++)
        {
            count = count with { Packets = count.Packets + 1 };
            if (booked[i].ArchivedAt is not null)
            {
                // A backup that was restored may bring back what was archived since: it must not be dealt again.
                await opening.Forget(ids[i]);
                count = count with { Forgotten = count.Forgotten + 1 };
            }
            else if (stored[i] is not { } packet || !booked[i].Agrees(packet) || madeGood.Contains(ids[i]))
            {
                count = count.With(await rebuild.Mend(opening, ids[i], stored[i], [.. madeGood[ids[i]]], cancellation), isNew: stored[i] is null);
            }
            CrashPoint.Pass(CrashPoint.GateBetweenPackets);
        }

        return count;
    }

    private async Task GiveUp(GateOpening opening)
    {
        try
        {
            await opening.GiveUp();
        }
        catch (Exception exception) when (RedisReader.IsFailure(exception))
        {
            logger.GateStaysClosed(exception.Message);
        }
    }
}
