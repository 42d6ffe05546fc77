using RedPacket.Hosting;

namespace RedPacket.Ledger;

/// <summary>
/// Records chunks. An outage is thrown to the caller, with every chunk that was done before it answered; anything else is narrowed down here:
/// chunk by chunk, then by halves, until the rows at fault stand alone. What breaks a rule of the ledger is parked, what failed otherwise is left.
/// SQLite sets rows aside where they stand, and comes here only with what no single row is to blame for.
/// </summary>
internal sealed class ChunkWriter(LedgerWriter ledger, TimeProvider clock, ILogger logger)
{
    private long _recorded;

    /// <summary>Transfers added since the start.</summary>
    public long Recorded => Interlocked.Read(ref _recorded);

    public void Write(IReadOnlyList<PendingChunk> batch)
    {
        var parts = batch.Select(pending => ChunkSlice.Whole(pending.Chunk)).ToList();
        try
        {
            Commit(parts);
        }
        catch (Exception exception) when (!LedgerOutage.IsOutage(exception))
        {
            LedgerLog.TookApart(logger, exception, parts.Count);
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

    /// <summary>One line that cannot be recorded. A passing cause, or parking that fails too, leaves it in the outbox.</summary>
    private RecordOutcome SetAside(ChunkSlice part, int line, Exception exception)
    {
        try
        {
            if (LedgerOutage.IsRefusal(exception))
            {
                ledger.ParkRefused(part, LedgerOutage.Words(exception), Now());
                part.Refused.Add(line);
                return RecordOutcome.Parked;
            }
        }
        catch (Exception again) when (!LedgerOutage.IsOutage(again))
        {
            exception = again;
        }
        var posting = part.Chunk.Lines[line];
        LedgerLog.Left(logger, exception, 1, posting?.PacketId ?? "unreadable", posting?.Kind ?? 0, posting?.Ordinal ?? 0);
        return RecordOutcome.Left;
    }

    private void Commit(IReadOnlyList<ChunkSlice> parts)
    {
        var began = clock.GetTimestamp();
        var inserted = ledger.Record(parts, Now());
        CrashPoint.Pass(CrashPoint.Committed);
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
                LedgerLog.Conflicted(logger, part.Chunk.Shard, lines);
            else
                LedgerLog.Parked(logger, part.Chunk.Shard, lines, reason);
        }
        pending.Answer.TrySetResult(part.Outcomes);
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
