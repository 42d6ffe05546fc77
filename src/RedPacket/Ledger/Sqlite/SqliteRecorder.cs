using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Turns postings into rows, inside a transaction that its caller begins and commits. Everything is found by number: what a row needs of
/// packets and accounts is looked up once per transaction, and account totals are written once per account at its end.
/// </summary>
internal sealed class SqliteRecorder(SqliteConnection connection) : IDisposable
{
    private readonly SqliteNumbers numbers = new(connection);
    private readonly SqliteParking parking = new(connection);
    private readonly SqliteComparison comparison = new(connection);
    private readonly Dictionary<long, Totals> totals = [];

    // On conflict of the identity and of nothing else: OR IGNORE would swallow broken rules too.
    private readonly SqliteStatement insert = new(connection, """
        INSERT INTO transfers (packet, kind, ordinal, debit_account, credit_account, amount_fen, granted_at, recording)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (packet, kind, ordinal) DO NOTHING
        """);

    private readonly SqliteStatement addTotals = new(connection, "UPDATE accounts SET debits = debits + ?2, credits = credits + ?3 WHERE id = ?1");
    private readonly SqliteStatement setTerms = new(connection, "UPDATE packets SET terms = ?2 WHERE number = ?1");
    private readonly SqliteStatement addRecording = new(connection, "INSERT INTO recordings (recorded_at, published_at, traceparent) VALUES (?1, ?2, ?3)");
    private readonly SqliteStatement dropRecording = new(connection, "DELETE FROM recordings WHERE id = ?1");

    private readonly SqliteStatement raiseSeq = new(connection, """
        INSERT INTO shards (shard, highest_seq, archived_packets, archived_emptied, archived_claims, archived_funded_fen, archived_granted_fen, archived_refunded_fen)
        VALUES (?1, ?2, 0, 0, 0, 0, 0, 0) ON CONFLICT (shard) DO UPDATE SET highest_seq = max(highest_seq, excluded.highest_seq)
        """);

    private record struct Totals(long Debits, long Credits);

    /// <summary>Records the lines, fills in their outcomes and returns how many transfers were added.</summary>
    public int Record(IReadOnlyList<ChunkPart> parts, long nowMs)
    {
        totals.Clear();
        numbers.Begin();
        parking.Begin();
        var inserted = 0;
        foreach (var part in parts)
            inserted += Record(part, nowMs);
        foreach (var (account, total) in totals)
            addTotals.Bind(1, account).Bind(2, total.Debits).Bind(3, total.Credits).Execute();
        foreach (var shard in parts.GroupBy(part => part.Chunk.Shard))
            RaiseSeq(shard.Key, shard.Max(part => part.Chunk.HighestSeq));
        return inserted;
    }

    /// <summary>Parks the lines: the ledger refused them.</summary>
    public void ParkRefused(ChunkPart part, string detail, long nowMs)
    {
        foreach (var line in part.Lines.Span)
            parking.Park(part.Chunk, line, SqliteParking.Refused, detail, nowMs);
        RaiseSeq(part.Chunk.Shard, part.Chunk.HighestSeq);
    }

    public void Dispose()
    {
        numbers.Dispose();
        parking.Dispose();
        comparison.Dispose();
        foreach (var statement in new[] { insert, addTotals, setTerms, addRecording, dropRecording, raiseSeq })
            statement.Dispose();
    }

    private int Record(ChunkPart part, long nowMs)
    {
        var inserted = 0;
        var recording = addRecording.Bind(1, nowMs).Bind(2, part.Chunk.PublishedAt).Bind(3, part.Chunk.Traceparent).Insert();
        foreach (var line in part.Lines.Span)
        {
            part.Outcomes[line] = Record(part.Chunk, line, recording, nowMs);
            if (part.Outcomes[line] == RecordOutcome.Inserted)
                inserted++;
        }
        if (inserted == 0)
            dropRecording.Bind(1, recording).Execute();
        return inserted;
    }

    private RecordOutcome Record(Chunk chunk, int line, long recording, long nowMs)
    {
        if (chunk.Lines[line] is not { } posting)
        {
            parking.Park(chunk, line, SqliteParking.Unreadable, "The line is no entry that this version can read.", nowMs);
            return RecordOutcome.Parked;
        }
        var packet = numbers.Packet(posting.PacketId, chunk.Shard);
        var (debit, credit) = numbers.Accounts(posting, packet, chunk.Shard);
        if (Insert(posting, packet, debit, credit, recording))
        {
            parking.Clear(chunk.Payloads[line]);
            return RecordOutcome.Inserted;
        }
        if (comparison.Difference(posting, packet.Number, debit, credit) is { } difference)
        {
            parking.Park(chunk, line, SqliteParking.Conflict, difference, nowMs);
            return RecordOutcome.Parked;
        }
        parking.Clear(chunk.Payloads[line]);
        return RecordOutcome.Duplicate;
    }

    private bool Insert(Posting posting, SqliteNumbers.PacketNumber packet, long debit, long credit, long recording)
    {
        insert.Bind(1, packet.Number).Bind(2, (long)posting.Kind).Bind(3, posting.Ordinal).Bind(4, debit).Bind(5, credit);
        if (insert.Bind(6, posting.AmountFen).Bind(7, posting.GrantedAt).Bind(8, recording).Execute() == 0)
            return false;
        Total(debit).Debits += posting.AmountFen;
        Total(credit).Credits += posting.AmountFen;
        if (posting.Kind == TransferKind.Fund)
            setTerms.Bind(1, packet.Number).Bind(2, posting.Terms).Execute();
        return true;
    }

    private void RaiseSeq(int shard, long seq) => raiseSeq.Bind(1, shard).Bind(2, seq).Execute();

    private ref Totals Total(long account) => ref CollectionsMarshal.GetValueRefOrAddDefault(totals, account, out _);
}
