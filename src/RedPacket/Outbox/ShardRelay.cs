using RedPacket.Hosting;

namespace RedPacket.Outbox;

/// <summary>
/// The relay of one shard: reads its outbox, sends chunks, watches them leave, sends again what does not. One loop; its memory
/// (<see cref="ChunkWindow"/>) may be lost at any time, because sending again is always allowed.
/// </summary>
internal sealed class ShardRelay(int shard, RelayContext parts)
{
    // Delivery numbers are exact in a double up to here.
    private const long Infinity = 1L << 53;
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_shortestIdle = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_longestIdle = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_withoutLease = TimeSpan.FromSeconds(1);

    private readonly ChunkWindow _window = new(parts.Options);
    private readonly RelayLease _lease = new(shard, parts.Options.Lease, parts.Redis, parts.Time);
    private readonly List<(OutstandingChunk Chunk, Task<(SendOutcome Outcome, string Reason)> Send)> _sends = [];
    private string? _run;
    private DateTimeOffset _lookAt;
    private TimeSpan _idle = s_shortestIdle;
    private long _resends;
    private int _failures;

    private DateTimeOffset Now => parts.Time.GetUtcNow();

    /// <summary>Runs until stopped; throws nothing.</summary>
    public async Task Run(CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
                await Wait(await Turn(stopping), stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Report(working: false);
        }
        await Release();
    }

    /// <summary>One turn of the loop; returns how long to wait for the next.</summary>
    internal async Task<TimeSpan> Turn(CancellationToken stopping)
    {
        var began = Now;
        try
        {
            var pause = await Work(stopping);
            parts.Store.Answered(began);
            _failures = 0;
            return pause;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            return parts.Store.Fault(exception.Message, _failures++);
        }
    }

    private async Task<TimeSpan> Work(CancellationToken stopping)
    {
        Collect();
        if (!await _lease.Hold())
            return LetGo();
        if (_run is null && !await Begin(stopping))
            return s_lookEvery;
        if (Now >= _lookAt)
            await Look();
        if (!await parts.Broker.Open(stopping))
            return s_lookEvery;
        await Resend(stopping);
        return await SendNew(stopping);
    }

    private void Collect()
    {
        // Asked once of each: a send that ended after it was looked at, and was taken out with the others, would be under way for ever to the window.
        var ended = _sends.FindAll(each => each.Send.IsCompleted);
        _sends.RemoveAll(ended.Contains);
        foreach (var (chunk, send) in ended.Where(each => each.Send.IsCompletedSuccessfully))
        {
            _window.Sent(chunk, send.Result.Outcome, Now);
            if (send.Result.Outcome == SendOutcome.Confirmed)
                parts.Broker.Confirm();
            else
                parts.Broker.Fault(send.Result.Reason);
        }
    }

    private TimeSpan LetGo()
    {
        if (_run is not null)
            parts.Logger.LeaseLost(shard);
        _run = null;
        _window.Forget(Now);
        Report(working: false);
        return s_withoutLease;
    }

    // What may be in the queue is not sent again at once: a relay that starts while the ledger is down would else send it all twice.
    // The queue holds the oldest entries, at most a full chunk per message; they are taken for sent, and the usual rules apply to them.
    private async Task<bool> Begin(CancellationToken stopping)
    {
        Report(working: false);
        if (await parts.Broker.Depth(stopping) is not { } waiting)
            return false;
        var run = await parts.Reader.Run(shard);
        var ends = waiting == 0 ? [] : await parts.Reader.Ends(shard, (int)Math.Min(waiting, parts.Options.Window), parts.Options.ChunkSize);
        var ranges = ends.Select((end, index) => (First: index == 0 ? 1 : ends[index - 1] + 1, Last: end)).ToList();
        var (left, _) = await parts.Reader.Count(shard, ranges, Infinity);
        _window.Forget(Now);
        foreach (var (range, entries) in ranges.Zip(left))
            _window.Sent(_window.Add(range.Last, entries, slow: false, Now), SendOutcome.Confirmed, Now);
        _run = run;
        parts.Logger.ShardTaken(shard, waiting, ranges.Count);
        return true;
    }

    private async Task Look()
    {
        _lookAt = Now + s_lookEvery;
        var total = parts.Reader.CountUpTo(shard, _window.Cursor);
        var run = await parts.Reader.Run(shard);
        if (run != _run)
        {
            StartOver("its gate was opened anew");
            _run = run;
        }
        else if (await total != _window.Entries)
        {
            await CountChunks();
        }
        if (_window.Chunks.Count == 0 && _sends.Count == 0)
            parts.Broker.Confirm();
        Report(working: true);
    }

    private async Task CountChunks()
    {
        var chunks = _window.Chunks.ToArray();
        var (left, total) = await parts.Reader.Count(shard, [.. chunks.Select(chunk => (chunk.First, chunk.Last))], _window.Cursor);
        foreach (var (chunk, entries) in chunks.Zip(left))
            _window.Counted(chunk, entries, Now);
        if (total > left.Sum())
            StartOver("entries stood under the cursor that were not outstanding");
    }

    private void StartOver(string reason)
    {
        _window.Forget(Now);
        parts.Logger.ShardStartedOver(shard, reason);
    }

    // New chunks keep half of the places, so that a crowd of old ones does not hold them up.
    private async Task Resend(CancellationToken stopping)
    {
        var places = Math.Max(1, parts.Broker.SendsAtOnce / 2) - _sends.Count;
        if (places <= 0)
            return;
        foreach (var chunk in _window.Due(Now).Take(places))
        {
            var page = await parts.Reader.Read(shard, chunk.First, chunk.Last, parts.Options.ChunkSize);
            if (page.Entries.Count == 0)
            {
                _window.Counted(chunk, 0, Now);
                continue;
            }
            var slow = chunk.NextIsSlow;
            _window.Sending(chunk);
            Send(chunk, page.Run, page.Entries, slow, stopping);
            _resends++;
            OutboxTelemetry.Resends.Add(1);
            parts.Logger.ChunkResent(shard, chunk.First, chunk.Last, chunk.Attempts, page.Entries.Count);
        }
    }

    private async Task<TimeSpan> SendNew(CancellationToken stopping)
    {
        if (!HasPlace)
            return s_longestIdle;
        var page = await parts.Reader.Read(shard, _window.Cursor + 1, Infinity, parts.Options.ChunkSize);
        if (page.Entries.Count == 0)
            return _idle = TimeSpan.FromTicks(Math.Min(_idle.Ticks * 2, s_longestIdle.Ticks));
        _idle = s_shortestIdle / 2;
        foreach (var entries in Lanes(page.Entries))
        {
            // A fence may overtake nothing: it waits until the broker has all that was sent before it.
            if (!HasPlace || (_sends.Count > 0 && entries.Exists(entry => entry.IsFence)))
                return s_longestIdle;
            Send(_window.Add(entries[^1].Seq, entries.Count, entries[0].Slow, Now), page.Run, entries, entries[0].Slow, stopping);
        }
        return Gather(page.Entries.Count);
    }

    private TimeSpan Gather(int sent) => sent == parts.Options.ChunkSize ? TimeSpan.Zero
        : sent * 10 < parts.Options.ChunkSize ? parts.Options.Gather / 5 : parts.Options.Gather;

    private bool HasPlace => _window.HasRoom && _sends.Count < parts.Broker.SendsAtOnce;

    private void Send(OutstandingChunk chunk, string run, IReadOnlyList<OutboxEntry> entries, bool slow, CancellationToken stopping) =>
        _sends.Add((chunk, parts.Sender.Send(shard, run, entries, slow, stopping)));

    /// <summary>The entries parted where the lane changes: a chunk's range holds one lane only, so that it can be counted.</summary>
    internal static IEnumerable<List<OutboxEntry>> Lanes(IReadOnlyList<OutboxEntry> entries)
    {
        List<OutboxEntry> lane = [];
        foreach (var entry in entries)
        {
            if (lane.Count > 0 && lane[0].Slow != entry.Slow)
            {
                yield return lane;
                lane = [];
            }
            lane.Add(entry);
        }
        if (lane.Count > 0)
            yield return lane;
    }

    private async Task Wait(TimeSpan pause, CancellationToken stopping)
    {
        if (pause == TimeSpan.Zero)
            return;
        var time = Task.Delay(pause, parts.Time, stopping);
        // A place that becomes free ends the wait only where there was none.
        if (_sends.Count > 0 && _sends.Count >= parts.Broker.SendsAtOnce)
            await Task.WhenAny(_sends.Select(each => (Task)each.Send).Append(time));
        else
            await time;
    }

    private void Report(bool working)
    {
        parts.State.Report(new ShardRelayStatus(shard, working, _window.Chunks.Count, _window.Entries, _window.SlowEntries, _window.LastProgress, _resends));
        parts.State.Report(parts.Broker.IsUp, parts.Store.IsUp);
    }

    private async Task Release()
    {
        try
        {
            await _lease.Release().WaitAsync(TimeSpan.FromSeconds(1), parts.Time);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            parts.Logger.LeaseNotReleased(shard, exception.Message);
        }
    }
}
