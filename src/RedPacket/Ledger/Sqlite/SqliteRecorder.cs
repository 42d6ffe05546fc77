using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using RedPacket.Ledger.Writing;
using RedPacket.Messages;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Turns entries into rows, inside a transaction that its caller begins and commits. Rows name packets and accounts by
/// number. These numbers are looked up once per transaction, and account totals are written once per account at its
/// end. If that fails, the caller starts over row by row, and each row that fails is parked or left.
/// </summary>
internal sealed class SqliteRecorder(SqliteConnection connection, ILogger logger) : IDisposable
{
    private readonly SqliteIds _ids = new(connection);
    private readonly SqliteParking _parking = new(connection);
    private readonly SqliteComparison _comparison = new(connection);
    private readonly SqliteRuns _runs = new(connection);
    private readonly Dictionary<long, Totals> _totals = [];

    // On conflict of the identity and of nothing else: OR IGNORE would swallow broken rules too. SQLite's own next number
    // counts the lines that it does nothing about, and numbers have no gaps.
    private readonly SqliteStatement _addTransfer = new(connection, """
        INSERT INTO transfers (id, packet, kind, ordinal, debit_account, credit_account, amount_fen, granted_at, recording)
        VALUES ((SELECT coalesce(max(id), 0) + 1 FROM transfers), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (packet, kind, ordinal) DO NOTHING
        """);

    private readonly SqliteStatement _addTotals =
        new(connection, "UPDATE accounts SET debits = debits + ?2, credits = credits + ?3 WHERE id = ?1");

    private readonly SqliteStatement _setTerms = new(connection, """
        UPDATE packets SET terms = ?2, key_hash = ?3, repeats = (
            SELECT k.number FROM packets k JOIN transfers f ON f.packet = k.number AND f.kind = 1 AND f.ordinal = 0
            WHERE k.key_hash = ?3 AND k.number <> ?1 AND abs(f.granted_at - ?4) < ?5 LIMIT 1)
        WHERE number = ?1
        """);

    private readonly SqliteStatement _addRecording =
        new(connection, "INSERT INTO recordings (recorded_at, published_at, traceparent, followed) VALUES (?1, ?2, ?3, ?4)");

    private readonly SqliteStatement _dropRecording = new(connection, "DELETE FROM recordings WHERE id = ?1");

    private readonly SqliteStatement _raiseSeq = new(connection, """
        INSERT INTO shards (shard, highest_seq) VALUES (?1, ?2)
        ON CONFLICT (shard) DO UPDATE SET highest_seq = max(highest_seq, excluded.highest_seq)
        """);

    private readonly SqliteStatement _mark = new(connection, "SAVEPOINT row");
    private readonly SqliteStatement _keep = new(connection, "RELEASE row");
    private readonly SqliteStatement _undo = new(connection, "ROLLBACK TO row");

    private long _recording;

    private record struct Totals(long Debits, long Credits);

    /// <summary>
    /// Inserts the lines, fills in their outcomes and returns how many transfers were added. Throws any failure.
    /// </summary>
    public int Insert(IReadOnlyList<ChunkSlice> parts, long nowMs)
    {
        Begin();
        var inserted = parts.Sum(part => InsertPart(part, nowMs, line => InsertLine(part.Chunk, line, nowMs)));
        AddTotals();
        RaiseSeqs(parts);
        return inserted;
    }

    /// <summary>
    /// The same, each row in a savepoint with its totals: slower, and needed only after a failure. A row that breaks a
    /// rule is parked and one that fails otherwise is left, at no cost to the others. Throws an outage, or a failure
    /// that no single row causes.
    /// </summary>
    public int InsertRowByRow(IReadOnlyList<ChunkSlice> parts, long nowMs)
    {
        Begin();
        List<(Entry? Entry, Exception Failure)> left = [];
        var inserted = parts.Sum(part => InsertPart(part.FundsFirst(), nowMs, line => InsertAlone(part, line, nowMs, left)));
        RaiseSeqs(parts);
        if (left is [var (first, failure), ..])
            logger.LinesLeft(failure, left.Count, first);
        return inserted;
    }

    /// <summary>Parks the lines: the ledger refused them.</summary>
    public void ParkRefused(ChunkSlice part, string detail, long nowMs)
    {
        foreach (var line in part.Lines.Span)
            _parking.Park(part.Chunk, line, ParkReason.Refused, detail, nowMs);
        RaiseSeqs([part]);
    }

    public void Dispose()
    {
        _ids.Dispose();
        _parking.Dispose();
        _comparison.Dispose();
        _runs.Dispose();
        SqliteStatement[] statements = [_addTransfer, _addTotals, _setTerms, _addRecording, _dropRecording, _raiseSeq, _mark, _keep, _undo];
        foreach (var statement in statements)
            statement.Dispose();
    }

    /// <summary>The transaction of the inserts is over.</summary>
    public void End(bool committed) => _ids.End(committed);

    private void Begin()
    {
        _totals.Clear();
        _parking.Begin();
        _runs.Begin();
    }

    private int InsertPart(ChunkSlice part, long nowMs, Func<int, RecordOutcome> insert)
    {
        var inserted = 0;
        _recording = _addRecording.Bind(1, nowMs).Bind(2, part.Chunk.PublishedAt).Bind(3, part.Chunk.Traceparent)
            .Bind(4, part.Chunk.Followed).Insert();
        foreach (var line in part.Lines.Span)
        {
            part.Outcomes[line] = insert(line);
            if (part.Outcomes[line] == RecordOutcome.Inserted)
                inserted++;
        }
        if (inserted == 0)
            _dropRecording.Bind(1, _recording).Execute();
        return inserted;
    }

    private RecordOutcome InsertAlone(ChunkSlice part, int line, long nowMs, List<(Entry?, Exception)> left)
    {
        var outcome = RecordOutcome.Left;
        var failure = Try(() => outcome = InsertLine(part.Chunk, line, nowMs));
        if (failure is null)
            return outcome;
        if (LedgerOutage.IsRefusal(failure))
        {
            var words = failure.Message;
            failure = Try(() => _parking.Park(part.Chunk, line, ParkReason.Refused, words, nowMs));
        }
        if (failure is null)
        {
            part.Refused.Add(line);
            return RecordOutcome.Parked;
        }
        left.Add((part.Chunk.Lines[line].Entry, failure));
        return RecordOutcome.Left;
    }

    /// <summary>Does all of it, totals included, or nothing; then returns the failure.</summary>
    private Exception? Try(Action write)
    {
        _mark.Execute();
        try
        {
            write();
            AddTotals();
            _keep.Execute();
            return null;
        }
        catch (Exception exception) when (!LedgerOutage.IsOutage(exception))
        {
            _undo.Execute();
            _keep.Execute();
            _totals.Clear();
            _ids.End(committed: false);
            _runs.Begin();
            return exception;
        }
    }

    private void AddTotals()
    {
        // In the order of the table: neighbouring rows are most often on the same page.
        foreach (var (account, total) in _totals.OrderBy(total => total.Key))
            _addTotals.Bind(1, account).Bind(2, total.Debits).Bind(3, total.Credits).Execute();
        _totals.Clear();
    }

    private void RaiseSeqs(IReadOnlyList<ChunkSlice> parts)
    {
        foreach (var shard in parts.GroupBy(part => part.Chunk.Shard))
            _raiseSeq.Bind(1, shard.Key).Bind(2, shard.Max(part => part.Chunk.HighestSeq)).Execute();
    }

    private RecordOutcome InsertLine(Chunk chunk, int line, long nowMs)
    {
        var (payload, read) = chunk.Lines[line];
        if (read is not { } entry)
        {
            _parking.Park(chunk, line, ParkReason.Unreadable, Chunk.WhyUnreadable, nowMs);
            return RecordOutcome.Parked;
        }
        var isResolved = _parking.IsResolved(payload);
        if (isResolved == true)
            return RecordOutcome.Duplicate;
        var lostRun = _runs.LostRun(chunk);
        if (lostRun is not null && !_comparison.HasIdentityOf(entry))
            return Stale(chunk, line, lostRun, nowMs);
        var packet = _ids.Packet(entry, chunk.Shard);
        var (debit, credit) = _ids.Accounts(entry, packet, chunk.Shard);
        if (AddTransfer(entry, packet, debit, credit))
        {
            _parking.Clear(payload, isResolved);
            return RecordOutcome.Inserted;
        }
        if (_comparison.Difference(entry, packet.Number, debit, credit) is { } difference)
        {
            // Redis forgot that it had closed the packet, and has closed it again.
            if (lostRun is not null && entry.Kind == EntryKind.Refund)
                return RecordOutcome.StaleRun;
            _parking.Park(chunk, line, ParkReason.Conflict, difference, nowMs, lostRun);
            return RecordOutcome.Parked;
        }
        _parking.Clear(payload, isResolved);
        return RecordOutcome.Duplicate;
    }

    // A line of an earlier run that the ledger does not have.
    private RecordOutcome Stale(Chunk chunk, int line, string lostRun, long nowMs)
    {
        if (!chunk.Forgotten || chunk.Lines[line].Entry!.Kind == EntryKind.Refund)
            return RecordOutcome.StaleRun;
        _parking.Park(chunk, line, ParkReason.Conflict, Chunk.WhyForgotten, nowMs, lostRun);
        return RecordOutcome.Parked;
    }

    private bool AddTransfer(Entry entry, SqliteIds.PacketNumber packet, long debit, long credit)
    {
        _addTransfer.Bind(1, packet.Number).Bind(2, (long)entry.Kind).Bind(3, entry.Ordinal).Bind(4, debit).Bind(5, credit);
        if (_addTransfer.Bind(6, entry.AmountFen).Bind(7, entry.AtMs).Bind(8, _recording).Execute() == 0)
            return false;
        Total(debit).Debits += entry.AmountFen;
        Total(credit).Credits += entry.AmountFen;
        if (entry.Kind == EntryKind.Fund)
            SetTerms(entry, packet.Number);
        return true;
    }

    private void SetTerms(Entry fund, long packet) => _setTerms.Bind(1, packet).Bind(2, fund.Terms)
        .Bind(3, IdempotencyKeys.HashIn(fund.Terms)).Bind(4, fund.AtMs).Bind(5, IdempotencyKeys.TooCloseMs).Execute();

    private ref Totals Total(long account) => ref CollectionsMarshal.GetValueRefOrAddDefault(_totals, account, out _);
}
