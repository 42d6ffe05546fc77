using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// The run of each shard whose grants are recorded, and the border of the one before it, read once per transaction.
/// </summary>
internal sealed class SqliteRuns(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<int, (string Run, RunBorder Border)?> _runs = [];
    private readonly SqliteStatement _find = new(connection, "SELECT run, border_run, border_seq FROM shards WHERE shard = ?1");

    public void Begin() => _runs.Clear();

    /// <summary>
    /// The run of a chunk if the ledger has another for its shard; null for a chunk of the present run, and of the one
    /// before it up to its border.
    /// </summary>
    public string? LostRun(Chunk chunk)
    {
        if (chunk.IsOnlyParked)
            return Chunk.LostRun;
        return Of(chunk.Shard) is { } known && known.Run != chunk.Run && !known.Border.Knows(chunk) ? chunk.Run ?? "" : null;
    }

    public void Dispose() => _find.Dispose();

    private (string Run, RunBorder Border)? Of(int shard)
    {
        if (_runs.TryGetValue(shard, out var known))
            return known;
        known = _find.Bind(1, shard).Step() && _find.TextAt(0) is { } run
            ? (run, new RunBorder(_find.TextAt(1) ?? "", _find.NumberAt(2)))
            : null;
        _find.Reset();
        return _runs[shard] = known;
    }
}
