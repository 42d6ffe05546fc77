using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// The parked entries. Recording a line takes its row out. A row that was resolved otherwise stays as a tombstone: its
/// line is ignored, however often it still comes.
/// </summary>
internal sealed class SqliteParking(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _any = new(connection, "SELECT 1 FROM parked LIMIT 1");
    private readonly SqliteStatement _find = new(connection, "SELECT resolved_at IS NOT NULL FROM parked WHERE payload = ?1");
    private readonly SqliteStatement _clear = new(connection, "DELETE FROM parked WHERE payload = ?1 AND resolved_at IS NULL");

    // A line that is delivered again has one row, with the moment at which it first came. A line that was granted under
    // a lost run stays so.
    private readonly SqliteStatement _park = new(connection, """
        INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload,
            reason, detail, parked_at, published_at, traceparent, lost_run)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        ON CONFLICT (payload) DO UPDATE SET reason = excluded.reason, detail = excluded.detail,
            lost_run = coalesce(excluded.lost_run, parked.lost_run)
        WHERE resolved_at IS NULL
        """);

    private bool _empty;

    /// <summary>Looks once per transaction whether anything is parked: nearly always there is nothing.</summary>
    public void Begin() => _empty = _any.Number() is null;

    /// <param name="lostRun">The run that granted it, for a conflict that the loss of that run explains.</param>
    public void Park(Chunk chunk, int line, string reason, string detail, long nowMs, string? lostRun = null)
    {
        var (payload, entry) = chunk.Lines[line];
        _park.Bind(1, chunk.Shard).Bind(2, entry?.PacketId ?? "").Bind(3, (long)(entry?.Kind ?? 0)).Bind(4, entry?.Ordinal ?? 0);
        _park.Bind(5, entry?.UserId ?? "").Bind(6, entry?.AmountFen ?? 0).Bind(7, payload).Bind(8, reason).Bind(9, detail);
        _park.Bind(10, nowMs).Bind(11, chunk.PublishedAt).Bind(12, chunk.Traceparent).Bind(13, lostRun).Execute();
        _empty = false;
    }

    /// <summary>
    /// Whether a parked line was resolved: then it is neither recorded nor parked again. Null for a line that is not
    /// parked.
    /// </summary>
    public bool? IsResolved(string payload) =>
        !_empty && _find.Bind(1, payload).Number() is { } resolved ? resolved == 1 : null;

    /// <summary>Takes out the row of a line that is recorded now. <paramref name="isResolved"/>: as it was asked before.</summary>
    public void Clear(string payload, bool? isResolved)
    {
        if (isResolved is false)
            _clear.Bind(1, payload).Execute();
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _any, _find, _clear, _park })
            statement.Dispose();
    }
}
