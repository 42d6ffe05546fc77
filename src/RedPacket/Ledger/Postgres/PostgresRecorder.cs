using Npgsql;
using NpgsqlTypes;

namespace RedPacket.Ledger.Postgres;

/// <summary>Calls the functions of <c>record.sql</c>: postings become arrays, letters become outcomes. One call is one transaction and one round trip.</summary>
internal static class PostgresRecorder
{
    private const string Unreadable = "The line is no entry that this version can read.";

    /// <summary>Records the lines, fills in their outcomes and returns how many transfers were added.</summary>
    public static int Record(NpgsqlConnection connection, IReadOnlyList<ChunkSlice> parts, long nowMs)
    {
        var lines = new PostgresLines(parts);
        using var call = new NpgsqlCommand("SELECT pg_temp.record($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28)", connection);
        Add(call, nowMs);
        AddChunks(call, parts);
        Add(call, lines.PacketIds, lines.PacketShards, lines.AccountCodes, lines.AccountKinds, lines.AccountChecks);
        Add(call, lines.Chunks, lines.Packets, lines.Kinds, lines.Ordinals, lines.Debits, lines.Credits, lines.Fen, lines.GrantedAt);
        Add(call, lines.First, lines.Users, lines.Terms, lines.Payloads);
        Add(call, lines.UnreadChunks, lines.UnreadPayloads, lines.UnreadPayloads.ConvertAll(_ => Unreadable));
        Add(call, parts.Select(part => part.Chunk.Run).ToArray(), parts.Select(part => part.Chunk.Forgotten).ToArray(), Chunk.WhyForgotten);
        return lines.Answer((string)call.ExecuteScalar()!);
    }

    /// <summary>Parks the lines: the ledger refused them.</summary>
    public static int ParkRefused(NpgsqlConnection connection, ChunkSlice part, string detail, long nowMs)
    {
        var chunk = part.Chunk;
        var lines = part.Lines.ToArray();
        var postings = Array.ConvertAll(lines, line => chunk.Lines[line]);
        using var call = new NpgsqlCommand("SELECT pg_temp.set_aside($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)", connection);
        Add(call, nowMs, "refused");
        AddChunks(call, [part]);
        Add(call, Array.ConvertAll(postings, posting => PostgresLines.Text(posting?.PacketId ?? "")), Array.ConvertAll(lines, _ => 1));
        Add(call, Enumerable.Range(1, lines.Length).ToArray(), Array.ConvertAll(postings, posting => (int)(posting?.Kind ?? 0)), Array.ConvertAll(postings, posting => posting?.Ordinal ?? 0));
        Add(call, Array.ConvertAll(postings, posting => PostgresLines.Text(posting?.UserId ?? "")), Array.ConvertAll(postings, posting => posting?.AmountFen ?? 0));
        Add(call, Array.ConvertAll(lines, line => PostgresLines.Text(chunk.Payloads[line])), Array.ConvertAll(lines, _ => detail), new string?[1]);
        return call.ExecuteNonQuery();
    }

    private static void AddChunks(NpgsqlCommand call, IReadOnlyList<ChunkSlice> parts)
    {
        var chunks = parts.Select(part => part.Chunk).ToArray();
        Add(call, Array.ConvertAll(chunks, chunk => chunk.Shard), Array.ConvertAll(chunks, chunk => chunk.HighestSeq));
        Add(call, Array.ConvertAll(chunks, chunk => chunk.PublishedAt), Array.ConvertAll(chunks, chunk => chunk.Traceparent));
    }

    private static void Add(NpgsqlCommand call, params ReadOnlySpan<object> values)
    {
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter { Value = value };
            if (value is string?[] or List<string?>)
                parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text;
            call.Parameters.Add(parameter);
        }
    }
}
