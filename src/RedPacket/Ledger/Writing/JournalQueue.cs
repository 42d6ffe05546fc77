namespace RedPacket.Ledger.Writing;

/// <summary>A chunk that waits for its transaction.</summary>
internal sealed record PendingChunk(Chunk Chunk, TaskCompletionSource<RecordedChunk> Answer)
{
    public int Rows => Chunk.Lines.Count;
}

/// <summary>Other work for the writer's connection, in a separate transaction.</summary>
internal sealed record PendingWork(Action<LedgerTransaction> Work, TaskCompletionSource<LedgerMark> Answer);

/// <summary>The writer's next task: one piece of work, or the chunks of one transaction.</summary>
internal sealed record JournalBatch(PendingWork? Work, IReadOnlyList<PendingChunk> Chunks);

/// <summary>
/// Everything that waits for the writer. Work goes first (it is rare and short), then live chunks. One slow chunk goes
/// with every transaction of live ones, so that the slow lane neither delays the live lane nor starves. Slow chunks
/// fill a transaction only while no live chunk waits.
/// </summary>
internal sealed class JournalQueue
{
    private readonly object _gate = new();
    private readonly LinkedList<PendingChunk> _live = new();
    private readonly LinkedList<PendingChunk> _slow = new();
    private readonly Queue<PendingWork> _work = new();
    private LedgerUnavailableException? _refusal;
    private bool _closed;

    public void Add(PendingChunk chunk)
    {
        lock (_gate)
        {
            if (_closed)
                chunk.Answer.TrySetCanceled();
            (chunk.Chunk.Slow ? _slow : _live).AddLast(chunk);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Refused immediately while the ledger is away.</summary>
    public void Add(PendingWork pending)
    {
        lock (_gate)
        {
            if (_closed)
                pending.Answer.TrySetCanceled();
            else if (_refusal is not null)
                pending.Answer.TrySetException(_refusal);
            else
                _work.Enqueue(pending);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>The next batch; null when there is none within the time. Zero does not wait.</summary>
    /// <param name="isPaused">Settlement is paused: only work, and chunks that are only parked.</param>
    public JournalBatch? Take(int maxRows, TimeSpan wait, bool isPaused = false)
    {
        lock (_gate)
        {
            var any = isPaused ? FirstOnlyParked is not null : _live.Count + _slow.Count > 0;
            if (!_closed && !any && _work.Count == 0 && wait > TimeSpan.Zero)
                Monitor.Wait(_gate, wait);
            while (_work.TryDequeue(out var pending))
                if (!pending.Answer.Task.IsCompleted)
                    return new JournalBatch(pending, []);
            var chunks = isPaused ? TakeOnlyParked() : TakeChunks(maxRows);
            return chunks.Count == 0 ? null : new JournalBatch(null, chunks);
        }
    }

    /// <summary>Returns the unanswered chunks of a batch to the front of their queues.</summary>
    public void PutBack(JournalBatch? batch)
    {
        lock (_gate)
            foreach (var chunk in batch?.Chunks.Reverse() ?? [])
                (chunk.Chunk.Slow ? _slow : _live).AddFirst(chunk);
    }

    /// <summary>The ledger is away: refuses waiting and later work, until it is back (null).</summary>
    public void RefuseWork(LedgerUnavailableException? reason)
    {
        lock (_gate)
        {
            _refusal = reason;
            while (reason is not null && _work.TryDequeue(out var pending))
                pending.Answer.TrySetException(reason);
        }
    }

    /// <summary>Cancels everything that waits, and everything that still comes.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            while (_work.TryDequeue(out var pending))
                pending.Answer.TrySetCanceled();
            foreach (var chunk in _live.Concat(_slow))
                chunk.Answer.TrySetCanceled();
            Monitor.PulseAll(_gate);
        }
    }

    // Chunks that are only parked come by the slow lane.
    private PendingChunk? FirstOnlyParked => _slow.FirstOrDefault(pending => pending.Chunk.IsOnlyParked);

    private List<PendingChunk> TakeOnlyParked()
    {
        // A pause may be long. What the broker has taken back meanwhile must not fill the memory.
        foreach (var lane in (LinkedList<PendingChunk>[])[_live, _slow])
            while (lane.First is { Value.Answer.Task.IsCompleted: true })
                lane.RemoveFirst();
        if (FirstOnlyParked is not { } first)
            return [];
        _slow.Remove(first);
        return first.Answer.Task.IsCompleted ? [] : [first];
    }

    private List<PendingChunk> TakeChunks(int maxRows)
    {
        var chunks = new List<PendingChunk>();
        var rows = 0;
        while (Next(_live, rows, maxRows) is { } chunk)
        {
            chunks.Add(chunk);
            rows += chunk.Rows;
        }
        var alone = chunks.Count == 0;
        for (var taken = 0; (alone || taken == 0) && Next(_slow, alone ? rows : 0, maxRows) is { } chunk; taken++)
        {
            chunks.Add(chunk);
            rows += chunk.Rows;
        }
        return chunks;
    }

    /// <summary>
    /// The first chunk still wanted, if it fits; a transaction without rows takes a chunk of any size.
    /// </summary>
    private static PendingChunk? Next(LinkedList<PendingChunk> waiting, int rows, int maxRows)
    {
        while (waiting.First is { } first)
        {
            var fits = rows == 0 || rows + first.Value.Rows <= maxRows;
            if (first.Value.Answer.Task.IsCompleted)
                waiting.RemoveFirst();
            else if (!fits)
                return null;
            else
            {
                waiting.RemoveFirst();
                return first.Value;
            }
        }
        return null;
    }
}
