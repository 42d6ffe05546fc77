using RedPacket.Hosting;

namespace RedPacket.Outbox;

/// <summary>
/// All that a relay remembers of a shard: how far it has read, and what it has sent that is not settled. Decides what
/// is resent and when (PROTOCOL 5.2). Does no I/O and knows no clock. Used by one loop only.
/// </summary>
internal sealed class ChunkWindow(OutboxOptions options)
{
    private static readonly TimeSpan s_backOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_backOffMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_failedBackOff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_failedBackOffMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_othersAfter = TimeSpan.FromSeconds(3);

    // Live chunks regularly overtake one of the slow lane, so its back-off starts at 8 s instead of 1 s.
    private const int SlowHeadStart = 3;

    private readonly List<OutstandingChunk> _chunks = [];
    private long _sends;
    private long _settledSend;
    private TimeSpan _probeAfter = options.ResendAfter;
    private DateTimeOffset _timerSince;
    private OutstandingChunk? _probe;
    private DateTimeOffset? _probeSettledAt;

    /// <summary>The last delivery number that was read. Everything up to it was sent.</summary>
    public long Cursor { get; private set; }

    /// <summary>The chunks that were sent and are not settled, by delivery number.</summary>
    public IReadOnlyList<OutstandingChunk> Chunks => _chunks;

    /// <summary>Entries in them, as last counted.</summary>
    public long Entries => _chunks.Sum(chunk => chunk.Left);

    /// <summary>Those of them that go by the slow lane.</summary>
    public long SlowEntries => _chunks.Where(chunk => chunk.IsSlow).Sum(chunk => chunk.Left);

    /// <summary>True while another chunk may be sent.</summary>
    public bool HasRoom => _chunks.Count < options.Window;

    /// <summary>When an entry was last found to have left the outbox.</summary>
    public DateTimeOffset? LastProgress { get; private set; }

    /// <summary>Takes the entries after the cursor, up to last, into a chunk whose send begins now.</summary>
    public OutstandingChunk Add(long last, long entries, bool slow, DateTimeOffset now)
    {
        if (_chunks.Count == 0)
            RestartTimer(now);
        var chunk = new OutstandingChunk(checked(Cursor + 1), last, entries, slow);
        _chunks.Add(chunk);
        Cursor = last;
        Sending(chunk);
        return chunk;
    }

    /// <summary>A send of the chunk begins.</summary>
    public void Sending(OutstandingChunk chunk)
    {
        chunk.State = ChunkState.Sending;
        chunk.WentSlow = chunk.NextIsSlow;
        chunk.Attempts++;
        chunk.DueAt = null;
        chunk.LastSend = ++_sends;
        if (chunk.FirstSend == 0)
            chunk.FirstSend = _sends;
    }

    /// <summary>
    /// A send of the chunk has ended. A timeout counts as sent: it may have arrived, and if not, the rules for
    /// resending notice.
    /// </summary>
    public void Sent(OutstandingChunk chunk, SendOutcome outcome, DateTimeOffset now)
    {
        var failed = outcome == SendOutcome.Failed;
        chunk.State = failed ? ChunkState.Failed : ChunkState.Sent;
        chunk.WasSent |= !failed;
        chunk.DueAt = failed ? now + Backoff.Doubled(s_failedBackOff, chunk.Attempts - 1, s_failedBackOffMax) : null;
        if (chunk == _probe && outcome != SendOutcome.Confirmed)
            RestartTimer(now);
    }

    /// <summary>So many entries of the chunk are still in the outbox.</summary>
    public void Counted(OutstandingChunk chunk, long left, DateTimeOffset now)
    {
        if (left < chunk.Left)
            Progress(chunk, now);
        chunk.Left = left;
        if (left > 0 || !_chunks.Remove(chunk))
            return;
        _settledSend = Math.Max(_settledSend, chunk.FirstSend);
        if (chunk == _probe)
            _probeSettledAt = now;
    }

    /// <summary>
    /// The chunks to resend now: failed ones, overtaken ones, and the oldest as a probe when nothing moves.
    /// </summary>
    public IReadOnlyList<OutstandingChunk> Due(DateTimeOffset now)
    {
        foreach (var chunk in _chunks.Where(IsOvertaken))
            chunk.DueAt = now + Backoff.Doubled(s_backOff, chunk.Attempts - 1 + (chunk.Slow ? SlowHeadStart : 0), s_backOffMax);
        if (_probeSettledAt is { } settledAt && now - settledAt >= s_othersAfter)
            ResendOthers(now);
        var due = _chunks.Where(chunk => chunk.State != ChunkState.Sending && chunk.DueAt <= now).ToList();
        if (due.Count == 0 && _probeSettledAt is null && now - _timerSince >= _probeAfter
            && _chunks.Find(chunk => chunk.State == ChunkState.Sent) is { } oldest)
            due.Add(Probe(oldest, now));
        return due;
    }

    /// <summary>
    /// Starts over from the first entry. The relay then sends all outstanding chunks again, which is always allowed.
    /// </summary>
    public void Forget(DateTimeOffset now)
    {
        _chunks.Clear();
        Cursor = 0;
        _settledSend = _sends;
        RestartTimer(now);
    }

    // A chunk that was sent for the first time later is settled already.
    private bool IsOvertaken(OutstandingChunk chunk) =>
        chunk.State == ChunkState.Sent && chunk.DueAt is null && chunk.LastSend < _settledSend;

    private void Progress(OutstandingChunk chunk, DateTimeOffset now)
    {
        LastProgress = now;
        _timerSince = now;
        _probeAfter = options.ResendAfter;
        if (chunk == _probe)
            return;
        // The queue moves without the probe's help, so the probe is no longer needed.
        _probe = null;
        _probeSettledAt = null;
    }

    private OutstandingChunk Probe(OutstandingChunk oldest, DateTimeOffset now)
    {
        _probe = oldest;
        _probeSettledAt = null;
        _timerSince = now;
        _probeAfter = Backoff.Doubled(_probeAfter, 1, options.ResendAfterMax);
        return oldest;
    }

    private void ResendOthers(DateTimeOffset now)
    {
        foreach (var chunk in _chunks.Where(chunk => chunk.State == ChunkState.Sent && chunk.LastSend < _probe!.LastSend))
            chunk.DueAt = now;
        _probe = null;
        _probeSettledAt = null;
    }

    private void RestartTimer(DateTimeOffset now)
    {
        _timerSince = now;
        _probeAfter = options.ResendAfter;
        _probe = null;
        _probeSettledAt = null;
    }
}
