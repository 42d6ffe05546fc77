using System.Data.Common;

namespace RedPacket.Ledger;

/// <summary>A chunk that waits for its transaction.</summary>
internal sealed record PendingChunk(Chunk Chunk, TaskCompletionSource<RecordOutcome[]> Answer)
{
    public int Rows => Chunk.Lines.Count;
}

/// <summary>Other work for the writer's connection, in a transaction of its own.</summary>
internal sealed record PendingWork(Action<DbConnection, DbTransaction> Work, TaskCompletionSource Answer);

/// <summary>What the writer does next: one piece of work, or the chunks of one transaction.</summary>
internal sealed record JournalBatch(PendingWork? Work, IReadOnlyList<PendingChunk> Chunks);

/// <summary>
/// What waits for the writer. Work goes first (it is rare and short), then live chunks; one slow chunk goes with every transaction of
/// live ones, so that the slow lane neither delays the live one nor starves. A slow chunk fills no transaction unless no live chunk waits.
/// </summary>
internal sealed class JournalQueue
{
    private readonly object gate = new();
    private readonly LinkedList<PendingChunk> live = new();
    private readonly LinkedList<PendingChunk> slow = new();
    private readonly Queue<PendingWork> work = new();
    private LedgerUnavailableException? refusal;
    private bool closed;

    public void Add(PendingChunk chunk)
    {
        lock (gate)
        {
            if (closed)
                chunk.Answer.TrySetCanceled();
            (chunk.Chunk.Slow ? slow : live).AddLast(chunk);
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Refused at once while the ledger is away.</summary>
    public void Add(PendingWork pending)
    {
        lock (gate)
        {
            if (closed)
                pending.Answer.TrySetCanceled();
            else if (refusal is not null)
                pending.Answer.TrySetException(refusal);
            else
                work.Enqueue(pending);
            Monitor.Pulse(gate);
        }
    }

    /// <summary>The next batch; null when there is none within the time. Zero does not wait.</summary>
    public JournalBatch? Take(int maxRows, TimeSpan wait)
    {
        lock (gate)
        {
            if (!closed && work.Count + live.Count + slow.Count == 0 && wait > TimeSpan.Zero)
                Monitor.Wait(gate, wait);
            while (work.TryDequeue(out var pending))
                if (!pending.Answer.Task.IsCompleted)
                    return new JournalBatch(pending, []);
            var chunks = TakeChunks(maxRows);
            return chunks.Count == 0 ? null : new JournalBatch(null, chunks);
        }
    }

    /// <summary>The chunks of a batch that are not answered go back to where they came from, in front.</summary>
    public void PutBack(JournalBatch? batch)
    {
        lock (gate)
            foreach (var chunk in batch?.Chunks.Reverse() ?? [])
                (chunk.Chunk.Slow ? slow : live).AddFirst(chunk);
    }

    /// <summary>The ledger is away: waiting work is refused, and what comes, until it is back (null).</summary>
    public void RefuseWork(LedgerUnavailableException? reason)
    {
        lock (gate)
        {
            refusal = reason;
            while (reason is not null && work.TryDequeue(out var pending))
                pending.Answer.TrySetException(reason);
        }
    }

    /// <summary>Everything that waits is cancelled, and whatever still comes.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            while (work.TryDequeue(out var pending))
                pending.Answer.TrySetCanceled();
            foreach (var chunk in live.Concat(slow))
                chunk.Answer.TrySetCanceled();
            Monitor.PulseAll(gate);
        }
    }

    private List<PendingChunk> TakeChunks(int maxRows)
    {
        var chunks = new List<PendingChunk>();
        var rows = 0;
        while (Next(live, rows, maxRows) is { } chunk)
        {
            chunks.Add(chunk);
            rows += chunk.Rows;
        }
        var alone = chunks.Count == 0;
        for (var taken = 0; (alone || taken == 0) && Next(slow, alone ? rows : 0, maxRows) is { } chunk; taken++)
        {
            chunks.Add(chunk);
            rows += chunk.Rows;
        }
        return chunks;
    }

    /// <summary>The first chunk still wanted, if it fits; a transaction without rows takes a chunk of any size.</summary>
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
