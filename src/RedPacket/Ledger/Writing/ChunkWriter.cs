using RedPacket.Hosting;

namespace RedPacket.Ledger.Writing;

/// <summary>
/// Commits chunks. An outage goes to the caller, after every finished chunk was answered. Any other failure is narrowed
/// down here: chunk by chunk, then by halves, down to the rows that cause it. A row that breaks a rule of the ledger is
/// parked, a row that failed otherwise is left in the outbox (PROTOCOL 6.4). SQLite parks single rows itself, so only failures of
/// several rows together come here.
/// </summary>
internal sealed class ChunkWriter(LedgerWriter ledger, TimeProvider clock, ILogger logger)
{
    private long _recorded;
    private WriteTimes? _written;

    /// <summary>Transfers added since the start.</summary>
    public long Recorded => Interlocked.Read(ref _recorded);

    public void Commit(IReadOnlyList<PendingChunk> batch)
    {
        _written = null;
        var parts = batch.Select(pending => ChunkSlice.Whole(pending.Chunk)).ToList();
        try
        {
            Commit(parts);
        }
        catch (Exception exception) when (!LedgerOutage.IsOutage(exception))
        {
            logger.TransactionTakenApart(exception, parts.Count);
            for (var i = 0; i < parts.Count; i++)
            {
                Narrow(parts[i].FundsFirst());
                Answer(batch[i], parts[i]);
            }
            return;
        }
        for (var i = 0; i < parts.Count; i++)
            Answer(batch[i], parts[i]);
    }

    private void Narrow(ChunkSlice part)
    {
        try
        {
            Commit([part]);
        }
        catch (Exception exception) when (!LedgerOutage.IsOutage(exception) && part.Lines.Length > 1)
        {
            var (first, second) = part.Halves();
            Narrow(first);
            Narrow(second);
        }
        catch (Exception exception) when (!LedgerOutage.IsOutage(exception))
        {
            foreach (var line in part.Lines.Span)
                part.Outcomes[line] = SetAside(part, line, exception);
        }
    }

    /// <summary>
    /// One line that cannot be recorded. It stays in the outbox for a passing cause, or when it cannot be parked
    /// either.
    /// </summary>
    private RecordOutcome SetAside(ChunkSlice part, int line, Exception exception)
    {
        try
        {
            if (LedgerOutage.IsRefusal(exception))
            {
                ledger.ParkRefused(part, LedgerOutage.ReasonIn(exception), Now());
                part.Refused.Add(line);
                return RecordOutcome.Parked;
            }
        }
        catch (Exception again) when (!LedgerOutage.IsOutage(again))
        {
            exception = again;
        }
        logger.LinesLeft(exception, 1, part.Chunk.Lines[line].Entry);
        return RecordOutcome.Left;
    }

    private void Commit(IReadOnlyList<ChunkSlice> parts)
    {
        var (began, begun) = (clock.GetTimestamp(), clock.GetUtcNow());
        var inserted = ledger.Insert(parts, begun.ToUnixTimeMilliseconds());
        CrashPoint.Pass(CrashPoint.Committed);
        _written = new WriteTimes(begun, clock.GetUtcNow());
        LedgerMetrics.CommitDuration.Record(clock.GetElapsedTime(began).TotalSeconds);
        LedgerMetrics.Transfers.Add(inserted);
        Interlocked.Add(ref _recorded, inserted);
    }

    private void Answer(PendingChunk pending, ChunkSlice part)
    {
        foreach (var (reason, lines) in part.Parked())
        {
            LedgerMetrics.Parked.Add(lines, new KeyValuePair<string, object?>("reason", reason));
            if (reason == ParkReason.Conflict)
                logger.ConflictsParked(part.Chunk.Shard, lines);
            else
                logger.EntriesParked(part.Chunk.Shard, lines, reason);
        }
        pending.Answer.TrySetResult(new RecordedChunk(part.Outcomes, ledger.Mark) { Written = _written });
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
