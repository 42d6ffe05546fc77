using System.Collections.Concurrent;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Opens the gate of a shard under a new run (PROTOCOL 4.6). It takes the same time however many packets there are.
/// From then on the ledger records nothing that an earlier run granted and this Redis has lost, and no script changes a
/// packet that was not compared since.
/// </summary>
internal sealed class GateOpener(
    IConnectionMultiplexer redis, ShardGate gate, ShardCount shards, RedisReader packets, LedgerReader ledger, ReleaseMarks marks,
    OpenerBeat beat, Journal journal, TimeProvider clock, ILogger<GateOpener> logger, StoreCommit? commit = null)
{
    private static readonly TimeSpan s_fenceLimit = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan s_askLedgerEvery = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<int, bool> _seenOpen = new();
    private readonly ConcurrentDictionary<int, (long BeganAt, bool Drained)> _openings = new();

    // By shard, the run in which Redis and ledger were last seen to agree, and when.
    private readonly ConcurrentDictionary<int, (string Run, long At)> _agreed = new();

    // By shard, the last transaction that the ledger lacked. Each is logged once.
    private readonly ConcurrentDictionary<int, LedgerMark> _lacking = new();

    /// <summary>
    /// When this process last opened the shard's gate, by the clock of Redis (ms), and whether the lanes were seen
    /// empty. 0 and false when it never did.
    /// </summary>
    public (long BeganAt, bool Drained) LastOpening(int shard) => _openings.GetValueOrDefault(shard);

    /// <summary>
    /// True when Redis and ledger have the same run, the ledger knows no delivery number that Redis has not handed out,
    /// and it has all transactions that Redis knows. A ledger with another run records nothing of this one: it was
    /// restored, or met a fund that Redis had forgotten.
    /// </summary>
    public async Task<bool> IsOpen(int shard) => await Look(shard) == GateState.Open;

    /// <summary>
    /// True when Redis has the run in which both were seen to agree within the last second, and nothing of it waits to be
    /// compared. A gate that Redis has shut is not at rest. A ledger changes its run when it is restored, or when another server takes
    /// over the shard: so it is asked less often.
    /// </summary>
    public async Task<bool> IsAtRest(int shard) =>
        _agreed.TryGetValue(shard, out var agreed) && clock.GetElapsedTime(agreed.At) < s_askLedgerEvery
        && await gate.Look(shard) is { IsWalked: false, Wanted: 0 } run && run.Id == agreed.Run;

    /// <summary>The same as <see cref="IsOpen"/>, and if it is not open, why.</summary>
    public async Task<GateState> Look(int shard)
    {
        _agreed.TryRemove(shard, out _);
        var began = clock.GetTimestamp();
        if (await marks.Lacking(shard, CancellationToken.None) is { } lacking)
        {
            if (_lacking.GetValueOrDefault(shard) != lacking)
                logger.LedgerWentBack(shard, lacking.Number, lacking.Writer);
            _lacking[shard] = lacking;
            return GateState.Shut;
        }
        // Numbers only grow, so the ledger is read first.
        var recorded = await ledger.Recorded(shard, CancellationToken.None);
        if (recorded.Run is null)
            return GateState.NeverOpened;
        if (await gate.Look(shard) is not { } run)
            return GateState.Shut;
        _seenOpen[shard] = true;
        if (recorded.Run != run.Id)
            return recorded.Run.Length == 0 ? GateState.Shut : GateState.OpenedElsewhere;
        if (recorded.HighestSeq > run.HighestSeq)
            return GateState.Shut;
        _agreed[shard] = (run.Id, began);
        return GateState.Open;
    }

    /// <summary>Takes the right to open or to compare; null while another process has it.</summary>
    /// <param name="silenceMs">How long it may write nothing before others may take over.</param>
    public async Task<GateOpening?> Take(int shard, int silenceMs = OpenerBeat.UsualSilenceMs)
    {
        var opening = new GateOpening(redis, shard, clock, isEmbedded: commit is not null) { LifeMs = beat.LifeOf(silenceMs) };
        if (!await opening.Take())
            return null;
        if (beat.IsOn)
            _ = beat.Keep(opening, silenceMs);
        return opening;
    }

    /// <summary>
    /// Opens one shard, unless another process does; true when this one did. If it throws, the gate is still shut.
    /// </summary>
    public async Task<bool> Open(int shard, CancellationToken cancellation)
    {
        if (await Take(shard) is not { } opening)
            return false;
        try
        {
            // Another process may have opened it since it was looked at.
            if (!await IsOpen(shard))
            {
                await Open(opening, shard, cancellation);
                return true;
            }
            await opening.Release();
            return false;
        }
        catch
        {
            await Release(opening);
            throw;
        }
    }

    private async Task Open(GateOpening opening, int shard, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var (seen, highestSeq) = await ledger.Recorded(shard, cancellation);
        // An empty shard has nothing in flight, so a first start does not wait for a broker. A shard that was open
        // before may have entries in flight, even if Redis was flushed and the ledger has seen nothing yet.
        var fences = _seenOpen.ContainsKey(shard) || await HasPackets(shard, cancellation);
        var (beganAt, usedSeq, border) = await opening.Begin(highestSeq, fences);
        var endedAt = clock.GetTimestamp();
        CrashPoint.Pass(CrashPoint.GateBegun);
        var drained = !fences || await opening.WaitForFences(s_fenceLimit, cancellation);
        await opening.Renew();
        // Two servers may both think that they are the primary, each with an opener of its side. The ledger takes one
        // of them.
        if (!await journal.BeginRun(shard, seen, opening.Run, usedSeq, border, cancellation))
            throw new OpeningLostException(shard);
        await shards.TellOpening(shard, isNew: seen is null, cancellation);
        CrashPoint.Pass(CrashPoint.GateRunBegun);
        _openings[shard] = (beganAt, drained);
        // A shard that was never open has no packet in the ledger, even if the others have.
        var isUsed = fences || seen is not null;
        var walk = fences || (isUsed && await ledger.HasPackets(cancellation));
        // Until then a process may still answer from the ended run.
        if (isUsed)
            await WinnersProof.Over(endedAt, clock, cancellation);
        await opening.Open(walk);
        CrashPoint.Pass(CrashPoint.GateOpened);
        if (commit is not null)
            await commit.Commit();
        logger.GateOpened(shard, Math.Round(clock.GetElapsedTime(started).TotalSeconds, 3), drained);
    }

    private async Task<bool> HasPackets(int shard, CancellationToken cancellation) =>
        await packets.Count(shard) > 0 || (await ledger.NotArchived(shard, 0, 1, cancellation)).Count > 0;

    /// <summary>Gives up the right to open, if Redis answers. Else the right ends soon.</summary>
    public async Task Release(GateOpening opening)
    {
        try
        {
            await opening.Release();
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            logger.GateStaysShut(exception.Message);
        }
    }
}

/// <summary>A shard's gate, as the server that holds the shard and the ledger say together.</summary>
internal enum GateState
{
    /// <summary>Both have the same run.</summary>
    Open,

    /// <summary>The ledger has never had a run of the shard.</summary>
    NeverOpened,

    /// <summary>It must be opened.</summary>
    Shut,

    /// <summary>It is open here, but another server has begun a run in the ledger since.</summary>
    OpenedElsewhere,
}
