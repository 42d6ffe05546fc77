using RedPacket.Hosting;

namespace RedPacket.Outbox;

/// <summary>
/// The relay of one shard. One loop reads the outbox, sends chunks, watches their entries leave the outbox, and resends
/// chunks that stay. Its memory (<see cref="ChunkWindow"/>) may be lost at any time, because resending is always
/// allowed.
/// </summary>
internal sealed class ShardRelay(int shard, RelayContext context)
{
    // Delivery numbers are exact in a double up to here.
    private const long Infinity = 1L << 53;
    private static readonly TimeSpan s_countEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_shortestIdle = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_longestIdle = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_withoutLease = TimeSpan.FromSeconds(1);

    private readonly ChunkWindow _window = new(context.Options);
    private readonly PendingSends _sends = new(shard, context);
    private readonly SentNumber _sent = new(shard, context.Redis);
    private readonly RelayLease _lease = new(shard, context.Options.Lease, context.Redis, context.Clock);
    private readonly Backoff _pauses = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), context.Clock);
    private string? _run;
    private DateTimeOffset _countAt;
    private TimeSpan _idle = s_shortestIdle;
    private long _resends;

    private DateTimeOffset Now => context.Clock.GetUtcNow();

    /// <summary>Runs until stopped; throws nothing.</summary>
    public async Task Run(CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
                await _sends.Wait(await RunRound(stopping), stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Report(working: false);
        }
        await Release();
    }

    /// <summary>One round of the loop. Returns how long to wait for the next.</summary>
    internal async Task<TimeSpan> RunRound(CancellationToken stopping)
    {
        var began = Now;
        try
        {
            var pause = await Step(stopping);
            context.Store.Answered(shard, began);
            _pauses.Reset();
            return pause;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            context.Store.Fault(shard, exception.Message);
            return _pauses.Failed();
        }
    }

    private async Task<TimeSpan> Step(CancellationToken stopping)
    {
        _sends.Collect(_window);
        if (!await _lease.Hold())
            return LoseLease();
        if (_run is null && !await AssumeQueuedSent(stopping))
            return s_countEvery;
        if (Now >= _countAt)
            await CountOutstanding();
        if (!await context.Broker.Open(stopping))
            return s_countEvery;
        await Resend(stopping);
        return await SendNew(stopping);
    }

    private TimeSpan LoseLease()
    {
        if (_run is not null)
            context.Logger.LeaseLost(shard);
        _run = null;
        _window.Forget(Now);
        Report(working: false);
        return s_withoutLease;
    }

    // A relay that starts while the ledger is down must not send everything twice. Chunks of this shard that an earlier
    // one has sent may be in the queues, at most a full chunk per message. These count as sent, and the usual rules for
    // resending apply to them.
    private async Task<bool> AssumeQueuedSent(CancellationToken stopping)
    {
        Report(working: false);
        if (await context.Broker.Depth(stopping) is not { } waiting)
            return false;
        var run = await context.Reader.OpenRun(shard);
        var most = (int)Math.Min(waiting, context.Options.Window);
        var sent = waiting == 0 ? 0 : await _sent.Read();
        var ends = sent == 0 ? [] : await context.Reader.Ends(shard, most, context.Options.ChunkSize);
        ends = [.. ends.Select(end => Math.Min(end, sent)).Distinct()];
        var ranges = ends.Select((end, index) => (First: index == 0 ? 1 : ends[index - 1] + 1, Last: end)).ToList();
        var (left, _) = await context.Reader.Count(shard, ranges, Infinity);
        _window.Forget(Now);
        foreach (var (range, entries) in ranges.Zip(left).Where(each => each.Second > 0))
            _window.Sent(_window.Add(range.Last, entries, slow: false, Now), SendOutcome.Confirmed, Now);
        _run = run;
        context.Logger.ShardTaken(shard, waiting, ranges.Count);
        return true;
    }

    private async Task CountOutstanding()
    {
        _countAt = Now + s_countEvery;
        var total = context.Reader.CountUpTo(shard, _window.Cursor);
        var run = await context.Reader.OpenRun(shard);
        if (run != _run)
        {
            StartOver("its gate was opened again");
            _run = run;
        }
        else if (await total != _window.Entries)
        {
            await CountChunks();
        }
        _sent.Write(_window.Cursor);
        if (_window.Chunks.Count == 0 && _sends.Count == 0)
            context.Broker.Confirm();
        Report(working: true);
    }

    private async Task CountChunks()
    {
        var chunks = _window.Chunks.ToArray();
        var (left, total) = await context.Reader.Count(shard, [.. chunks.Select(chunk => (chunk.First, chunk.Last))], _window.Cursor);
        foreach (var (chunk, entries) in chunks.Zip(left))
            _window.Counted(chunk, entries, Now);
        if (total > left.Sum())
            StartOver("entries before the cursor were not outstanding");
    }

    private void StartOver(string reason)
    {
        _window.Forget(Now);
        context.Logger.ShardStartedOver(shard, reason);
    }

    // Old and new chunks have places apart, so that neither holds up the other. A broker that was lost gets one chunk
    // at a time.
    private async Task Resend(CancellationToken stopping)
    {
        var places = IsOneAtATime ? context.Broker.SendsImmediately - _sends.Count : context.Broker.SendsImmediately / 2 - _sends.Resends;
        if (places <= 0)
            return;
        foreach (var chunk in _window.Due(Now).Take(places))
        {
            var page = await context.Reader.Read(shard, chunk.First, chunk.Last, context.Options.ChunkSize);
            if (page.Entries.Count == 0)
            {
                _window.Counted(chunk, 0, Now);
                continue;
            }
            var slow = chunk.NextIsSlow;
            _window.Sending(chunk);
            _sends.Start(chunk, page.Run, page.Entries, slow, stopping);
            _resends++;
            OutboxTelemetry.Resends.Add(1);
            context.Logger.ChunkResent(shard, chunk.First, chunk.Last, chunk.Attempts, page.Entries.Count);
        }
    }

    private async Task<TimeSpan> SendNew(CancellationToken stopping)
    {
        if (!HasPlace)
            return s_longestIdle;
        var page = await context.Reader.Read(shard, _window.Cursor + 1, Infinity, context.Options.ChunkSize);
        if (page.Entries.Count == 0)
            return _idle = Backoff.Doubled(_idle, 1, s_longestIdle);
        _idle = s_shortestIdle / 2;
        foreach (var entries in Lanes(page.Entries))
        {
            // A fence may overtake nothing: it waits until the broker has everything that was sent before it.
            if (!HasPlace || (_sends.Count > 0 && entries.Exists(entry => entry.IsFence)))
                return s_longestIdle;
            var slow = entries[0].Slow;
            _sends.Start(_window.Add(entries[^1].Seq, entries.Count, slow, Now), page.Run, entries, slow, stopping);
        }
        return Gather(page.Entries.Count);
    }

    private TimeSpan Gather(int sent) => sent == context.Options.ChunkSize ? TimeSpan.Zero
        : sent * 10 < context.Options.ChunkSize ? context.Options.Gather / 5 : context.Options.Gather;

    private bool IsOneAtATime => context.Broker.SendsImmediately <= 1;

    private bool HasPlace => _window.HasRoom
        && (IsOneAtATime ? _sends.Count : _sends.Count - _sends.Resends) < context.Broker.SendsImmediately;

    /// <summary>
    /// The entries, split where the lane changes. The range of a chunk holds one lane only, so that it can be counted.
    /// </summary>
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

    private void Report(bool working)
    {
        context.Status.Report(new ShardRelayStatus(
            shard, working, _window.Chunks.Count, _window.Entries, _window.SlowEntries, _window.LastProgress, _resends));
        context.Status.Report(context.Broker.IsUp, context.Store.IsUp);
    }

    private async Task Release()
    {
        try
        {
            if (_run is not null)
                _sent.Write(_window.Cursor);
            await _lease.Release().WaitAsync(TimeSpan.FromSeconds(1), context.Clock);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            context.Logger.LeaseNotReleased(shard, exception.Message);
        }
    }
}
