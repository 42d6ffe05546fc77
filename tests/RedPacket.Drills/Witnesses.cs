using System.Globalization;
using Microsoft.Data.Sqlite;
using StackExchange.Redis;

namespace RedPacket.Drills;

/// <summary>Reads the same shares from the two places that keep them, past the service.</summary>
internal static class Witnesses
{
    private const string Grabs = """
        SELECT p.packet_id, a.code, t.ordinal, t.amount_fen
        FROM transfers t JOIN packets p ON p.number = t.packet JOIN accounts a ON a.id = t.credit_account
        WHERE t.kind = 2
        """;

    /// <summary>Every grab's transfer in a SQLite ledger.</summary>
    public static List<Held> Ledger(string path)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = Grabs;
        using var reader = command.ExecuteReader();
        var held = new List<Held>();
        while (reader.Read())
            held.Add(new Held(reader.GetString(0), reader.GetString(1)["wallet:".Length..], reader.GetInt32(2), reader.GetInt64(3)));
        return held;
    }

    /// <summary>Every packet that a SQLite ledger knows.</summary>
    public static HashSet<string> Packets(string path)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT packet_id FROM packets";
        using var reader = command.ExecuteReader();
        var ids = new HashSet<string>();
        while (reader.Read())
            ids.Add(reader.GetString(0));
        return ids;
    }

    /// <summary>Every claim in the packets' hashes.</summary>
    public static async Task<List<Held>> Redis(IServer server, IDatabase database)
    {
        var held = new List<Held>();
        await foreach (var key in server.KeysAsync(pattern: "{*}:p:*"))
        {
            var packetId = key.ToString().Split(":p:", 2)[1];
            foreach (var field in await database.HashGetAllAsync(key))
            {
                if (!field.Name.ToString().StartsWith("u:", StringComparison.Ordinal))
                    continue;
                var parts = field.Value.ToString().Split(' ');
                held.Add(new Held(packetId, field.Name.ToString()[2..], int.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture)));
            }
        }
        return held;
    }

    /// <summary>Entries still in an outbox, over all shards.</summary>
    public static async Task<long> Outbox(IServer server, IDatabase database)
    {
        var entries = 0L;
        await foreach (var key in server.KeysAsync(pattern: "{*}:out"))
            entries += await database.SortedSetLengthAsync(key);
        return entries;
    }
}
