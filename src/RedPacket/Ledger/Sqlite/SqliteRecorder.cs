using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Turns postings into rows, inside a transaction that its caller begins and commits. Everything is found by number: what a row needs of
/// packets and accounts is looked up once per transaction, and account totals are written once per account at its end.
/// Where that fails, the same is done row by row, and each row that fails is set aside where it stands.
/// </summary>
internal sealed class SqliteRecorder(SqliteConnection connection, ILogger logger) : IDisposable
{
    private readonly SqliteIds _numbers = new(connection);
    private readonly SqliteParking _parking = new(connection);
    private readonly SqliteComparison _comparison = new(connection);
    private readonly SqliteRuns _runs = new(connection);
    private readonly Dictionary<long, Totals> _totals = [];

    // On conflict of the identity and of nothing else: OR IGNORE would swallow broken rules too.
    private readonly SqliteStatement _insert = new(connection, """
        INSERT INTO transfers (packet, kind, ordinal, debit_account, credit_account, amount_fen, granted_at, recording)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (packet, kind, ordinal) DO NOTHING
        """);

    private readonly SqliteStatement _addTotals = new(connection, "UPDATE accounts SET debits = debits + ?2, credits = credits + ?3 WHERE id = ?1");
    private readonly SqliteStatement _setTerms = new(connection, "UPDATE packets SET terms = ?2 WHERE number = ?1");
    private readonly SqliteStatement _addRecording = new(connection, "INSERT INTO recordings (recorded_at, published_at, traceparent) VALUES (?1, ?2, ?3)");
    private readonly SqliteStatement _dropRecording = new(connection, "DELETE FROM recordings WHERE id = ?1");

    private readonly SqliteStatement _raiseSeq = new(connection, """
        INSERT INTO shards (shard, highest_seq, archived_packets, archived_emptied, archived_claims, archived_funded_fen, archived_granted_fen, archived_refunded_fen)
        VALUES (?1, ?2, 0, 0, 0, 0, 0, 0) ON CONFLICT (shard) DO UPDATE SET highest_seq = max(highest_seq, excluded.highest_seq)
        """);

    private readonly SqliteStatement _mark = new(connection, "SAVEPOINT row");
    private readonly SqliteStatement _keep = new(connection, "RELEASE row");
    private readonly SqliteStatement _undo = new(connection, "ROLLBACK TO row");

    private long _recording;

    private record struct Totals(long Debits, long Credits);

    /// <summary>Records the lines, fills in their outcomes and returns how many transfers were added. Throws whatever fails.</summary>
    public int Record(IReadOnlyList<ChunkSlice> parts, long nowMs)
    {
        Begin();
        var inserted = parts.Sum(part => Record(part, nowMs, line => Record(part.Chunk, line, nowMs)));
        AddTotals();
        RaiseSeqs(parts);
        return inserted;
    }

    /// <summary>
    /// The same, each row in a savepoint with its totals: slower, and needed only after a failure. A row that breaks a rule is parked, one that
    /// fails otherwise is left, and the others do not notice. Throws an outage, or what no single row is to blame for.
    /// </summary>
    public int RecordRowByRow(IReadOnlyList<ChunkSlice> parts, long nowMs)
    {
        Begin();
        List<(Posting? Posting, Exception Failure)> left = [];
        var inserted = parts.Sum(part => Record(part.FundsFirst(), nowMs, line => RecordAlone(part, line, nowMs, left)));
        RaiseSeqs(parts);
        if (left is [var (posting, failure), ..])
            LedgerLog.Left(logger, failure, left.Count, posting?.PacketId ?? "unreadable", posting?.Kind ?? 0, posting?.Ordinal ?? 0);
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
        _numbers.Dispose();
        _parking.Dispose();
        _comparison.Dispose();
        _runs.Dispose();
        foreach (var statement in new[] { _insert, _addTotals, _setTerms, _addRecording, _dropRecording, _raiseSeq, _mark, _keep, _undo })
            statement.Dispose();
    }

    /// <summary>The transaction in which it recorded is over.</summary>
    public void End(bool committed) => _numbers.End(committed);

    private void Begin()
    {
        _totals.Clear();
        _parking.Begin();
        _runs.Begin();
    }

    private int Record(ChunkSlice part, long nowMs, Func<int, RecordOutcome> record)
    {
        var inserted = 0;
        _recording = _addRecording.Bind(1, nowMs).Bind(2, part.Chunk.PublishedAt).Bind(3, part.Chunk.Traceparent).Insert();
        foreach (var line in part.Lines.Span)
        {
            part.Outcomes[line] = record(line);
            if (part.Outcomes[line] == RecordOutcome.Inserted)
                inserted++;
        }
        if (inserted == 0)
            _dropRecording.Bind(1, _recording).Execute();
        return inserted;
    }

    private RecordOutcome RecordAlone(ChunkSlice part, int line, long nowMs, List<(Posting?, Exception)> left)
    {
        var outcome = RecordOutcome.Left;
        var failure = Try(() => outcome = Record(part.Chunk, line, nowMs));
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
        left.Add((part.Chunk.Lines[line], failure));
        return RecordOutcome.Left;
    }

    /// <summary>Does all of it, totals included, or nothing; then returns why not.</summary>
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
            _numbers.End(committed: false);
            _runs.Begin();
            return exception;
        }
    }

    private void AddTotals()
    {
        // In the order of the table: the page that one row is on is most often the next one's, too.
        foreach (var (account, total) in _totals.OrderBy(total => total.Key))
            _addTotals.Bind(1, account).Bind(2, total.Debits).Bind(3, total.Credits).Execute();
        _totals.Clear();
    }

    private void RaiseSeqs(IReadOnlyList<ChunkSlice> parts)
    {
        foreach (var shard in parts.GroupBy(part => part.Chunk.Shard))
            _raiseSeq.Bind(1, shard.Key).Bind(2, shard.Max(part => part.Chunk.HighestSeq)).Execute();
    }

    private RecordOutcome Record(Chunk chunk, int line, long nowMs)
    {
        if (chunk.Lines[line] is not { } posting)
        {
            _parking.Park(chunk, line, ParkReason.Unreadable, "The line is no entry that this version can read.", nowMs);
            return RecordOutcome.Parked;
        }
        if (_parking.IsResolved(chunk.Payloads[line]))
            return RecordOutcome.Parked;
        var lostRun = _runs.LostRun(chunk);
        if (lostRun is not null && !_comparison.Stands(posting) && Late(chunk, line, lostRun, nowMs) is { } late)
            return late;
        var packet = _numbers.Packet(posting.PacketId, chunk.Shard);
        var (debit, credit) = _numbers.Accounts(posting, packet, chunk.Shard);
        if (Insert(posting, packet, debit, credit))
        {
            _parking.Clear(chunk.Payloads[line]);
            return RecordOutcome.Inserted;
        }
        if (_comparison.Difference(posting, packet.Number, debit, credit) is { } difference)
        {
            _parking.Park(chunk, line, ParkReason.Conflict, difference, nowMs, lostRun);
            return RecordOutcome.Parked;
        }
        _parking.Clear(chunk.Payloads[line]);
        return RecordOutcome.Duplicate;
    }

    // What becomes of a line of an earlier run that stands nowhere; null when it is to be added all the same.
    private RecordOutcome? Late(Chunk chunk, int line, string lostRun, long nowMs)
    {
        var kind = chunk.Lines[line]!.Kind;
        if (!chunk.Forgotten || kind == TransferKind.Refund)
            return RecordOutcome.Late;
        if (kind == TransferKind.Fund)
        {
            _runs.End(chunk.Shard);
            return null;
        }
        _parking.Park(chunk, line, ParkReason.Conflict, Chunk.WhyForgotten, nowMs, lostRun);
        return RecordOutcome.Parked;
    }

    private bool Insert(Posting posting, SqliteIds.PacketNumber packet, long debit, long credit)
    {
        _insert.Bind(1, packet.Number).Bind(2, (long)posting.Kind).Bind(3, posting.Ordinal).Bind(4, debit).Bind(5, credit);
        if (_insert.Bind(6, posting.AmountFen).Bind(7, posting.GrantedAt).Bind(8, _recording).Execute() == 0)
            return false;
        Total(debit).Debits += posting.AmountFen;
        Total(credit).Credits += posting.AmountFen;
        if (posting.Kind == TransferKind.Fund)
            _setTerms.Bind(1, packet.Number).Bind(2, posting.Terms).Execute();
        return true;
    }

    private ref Totals Total(long account) => ref CollectionsMarshal.GetValueRefOrAddDefault(_totals, account, out _);
}
