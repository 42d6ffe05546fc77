using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// Calls the functions of <c>record.sql</c>: entries become columns, words become outcomes. A call is one transaction
/// and one round trip.
/// </summary>
internal static class PostgresRecorder
{
    /// <summary>Inserts the lines, fills in their outcomes and returns how many transfers were added.</summary>
    public static int Insert(
        NpgsqlConnection connection, (string, long, long) turn, IReadOnlyList<ChunkSlice> parts, long nowMs)
    {
        var lines = new PostgresLines(parts);
        using var call = connection.CreateCommand();
        call.CommandText = $"""
            SELECT line, outcome FROM pg_temp.record(
                {Turn(call, turn)}, {Value(call, nowMs)}, {Value(call, ParkReason.Unreadable)}, {Value(call, Chunk.WhyUnreadable)},
                {Value(call, ParkReason.Conflict)}, {Value(call, Chunk.WhyForgotten)}, {Value(call, IdempotencyKeys.TooCloseMs)},
                {Chunks(call, parts)}, {Row(call, "name_columns", lines.Names)}, {Lines(call, lines.Read)},
                {Lines(call, lines.Unread)})
            """;
        return lines.Answer(Answers(call));
    }

    /// <summary>Parks the lines: the ledger refused them.</summary>
    public static int ParkRefused(NpgsqlConnection connection, (string, long, long) turn, ChunkSlice part,
        string detail, long nowMs)
    {
        var lines = new LineColumns();
        List<string> packetIds = [];
        foreach (var line in part.Lines.Span)
        {
            packetIds.Add(LineColumns.Text(part.Chunk.Lines[line].Entry?.PacketId ?? ""));
            lines.Park(part.Chunk.Lines[line], chunk: 1, packet: packetIds.Count);
        }
        using var call = connection.CreateCommand();
        call.CommandText = $"""
            SELECT pg_temp.park_refused(
                {Turn(call, turn)}, {Value(call, nowMs)}, {Value(call, ParkReason.Refused)}, {Chunks(call, [part])},
                {Value(call, packetIds)}, {Lines(call, lines)}, {Value(call, packetIds.ConvertAll(_ => detail))})
            """;
        return call.ExecuteNonQuery();
    }

    private static List<(long Place, string Word)> Answers(NpgsqlCommand call)
    {
        using var reader = call.ExecuteReader();
        List<(long, string)> answers = [];
        while (reader.Read())
            answers.Add((reader.GetInt64(0), reader.GetString(1)));
        // A commit that fails is an error of the end of the results. Closing the reader might not throw it.
        reader.NextResult();
        return answers;
    }

    // Of WriterCount.Next: the writer, the number of this transaction, and the number that the ledger must have at
    // least.
    private static string Turn(NpgsqlCommand call, (string Writer, long Number, long Committed) turn) =>
        $"{Value(call, turn.Writer)}, {Value(call, turn.Number)}, {Value(call, turn.Committed)}";

    // Its last field, lost_run, is found out by the server, but for lines that are only parked.
    private static string Chunks(NpgsqlCommand call, IReadOnlyList<ChunkSlice> parts)
    {
        var chunks = parts.Select(part => part.Chunk).ToArray();
        return Row(call, "chunk_columns",
        [
            Array.ConvertAll(chunks, chunk => chunk.Shard), Array.ConvertAll(chunks, chunk => chunk.HighestSeq),
            Array.ConvertAll(chunks, chunk => chunk.PublishedAt), Array.ConvertAll(chunks, chunk => chunk.Traceparent),
            Array.ConvertAll(chunks, chunk => chunk.Followed),
            Array.ConvertAll(chunks, chunk => chunk.Run), Array.ConvertAll(chunks, chunk => chunk.Forgotten),
            Array.ConvertAll(chunks, chunk => chunk.IsOnlyParked ? Chunk.LostRun : null),
        ]);
    }

    // So is fate.
    private static string Lines(NpgsqlCommand call, LineColumns lines) =>
        Row(call, "line_columns", [.. lines.All, null]);

    private static string Row(NpgsqlCommand call, string type, IEnumerable<object?> fields) =>
        $"ROW({string.Join(", ", fields.Select(field => field is null ? "NULL" : Value(call, field)))})::pg_temp.{type}";

    /// <summary>Adds a parameter, and returns how the statement names it.</summary>
    private static string Value(NpgsqlCommand call, object value)
    {
        var parameter = new NpgsqlParameter { Value = value };
        if (value is string?[] or List<string?>)
            parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text;
        call.Parameters.Add(parameter);
        return string.Create(CultureInfo.InvariantCulture, $"${call.Parameters.Count}");
    }
}
