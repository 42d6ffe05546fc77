using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackExchange.Redis;

namespace RedPacket.Drills;

/// <summary>Reads the same shares from the two places that keep them, past the service.</summary>
internal static class DirectReaders
{
    private const string Grabs = """
        SELECT p.packet_id, a.code, t.ordinal, t.amount_fen
        FROM transfers t JOIN packets p ON p.number = t.packet JOIN accounts a ON a.id = t.credit_account
        WHERE t.kind = 2
        """;

    private const string Adjustments = """
        SELECT p.packet_id, a.code, k.ordinal, t.amount_fen
        FROM transfers t JOIN packets p ON p.number = t.packet JOIN accounts a ON a.id = t.credit_account JOIN parked k ON k.id = t.ordinal
        WHERE t.kind = 4
        """;

    private const string Funding = """
        SELECT p.packet_id, t.kind, a.code, t.amount_fen
        FROM transfers t JOIN packets p ON p.number = t.packet JOIN accounts a ON a.id = t.credit_account
        WHERE t.kind IN (1, 3)
        """;

    /// <summary>Every grab's transfer in a ledger, by its connection string.</summary>
    public static List<HeldShare> Ledger(string connectionString) =>
        [.. Rows(connectionString, Grabs, row => new HeldShare(row.GetString(0), row.GetString(1)["wallet:".Length..], row.GetInt32(2), row.GetInt64(3)))];

    /// <summary>
    /// Stragglers: shares that Redis had forgotten and dealt anew when their entry came out of the queue. The ledger set it aside as a conflict, and the house
    /// made it good by a transfer of kind adjust.
    /// </summary>
    public static List<HeldShare> MadeGood(string connectionString) =>
        [.. Rows(connectionString, Adjustments, row => new HeldShare(row.GetString(0), row.GetString(1)["wallet:".Length..], row.GetInt32(2), row.GetInt64(3)))];

    /// <summary>Every fund and refund in a ledger.</summary>
    public static List<SenderRow> FundsAndRefunds(string connectionString) => [.. Rows(connectionString, Funding, row =>
        row.GetInt32(1) == 3 ? new SenderRow(row.GetString(0), true, row.GetString(2)["wallet:".Length..], row.GetInt64(3)) : new SenderRow(row.GetString(0), false, "", row.GetInt64(3)))];

    /// <summary>Packets that a ledger has as archived.</summary>
    public static List<string> Archived(string connectionString) => Rows(connectionString, "SELECT packet_id FROM packets WHERE archived_at IS NOT NULL", row => row.GetString(0));

    /// <summary>Every packet that a ledger knows.</summary>
    public static HashSet<string> Packets(string connectionString) => [.. Rows(connectionString, "SELECT packet_id FROM packets", row => row.GetString(0))];

    /// <summary>One number from a ledger.</summary>
    public static long Number(string connectionString, string sql) => Rows(connectionString, sql, row => row.GetInt64(0)).Single();

    /// <summary>Lines of text from a ledger.</summary>
    public static List<string> Texts(string connectionString, string sql) => Rows(connectionString, sql, row => row.GetString(0));

    /// <summary>Another program that keeps everybody from writing to a ledger, until it is disposed.</summary>
    public static DbConnection Lock(string connectionString)
    {
        var connection = Open(connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = connection is SqliteConnection ? "BEGIN IMMEDIATE" : "BEGIN; LOCK TABLE transfers IN EXCLUSIVE MODE";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>A statement of the drill's own on a ledger, past the service.</summary>
    public static void Execute(string connectionString, string sql)
    {
        using var connection = Open(connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static List<T> Rows<T>(string connectionString, string sql, Func<DbDataReader, T> read)
    {
        using var connection = Open(connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    private static DbConnection Open(string connectionString)
    {
        DbConnection connection = connectionString.StartsWith("Host=", StringComparison.Ordinal)
            ? new NpgsqlConnection($"{connectionString};Pooling=false")
            : new SqliteConnection($"{connectionString};Mode=ReadWrite;Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Every claim in the packets' hashes.</summary>
    public static async Task<List<HeldShare>> Redis(IServer server, IDatabase database)
    {
        var held = new List<HeldShare>();
        await foreach (var key in server.KeysAsync(pattern: "{*}:p:*"))
        {
            var packetId = key.ToString().Split(":p:", 2)[1];
            foreach (var field in await database.HashGetAllAsync(key))
            {
                if (!field.Name.ToString().StartsWith("u:", StringComparison.Ordinal))
                    continue;
                var parts = field.Value.ToString().Split(' ');
                held.Add(new HeldShare(packetId, field.Name.ToString()[2..], int.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture)));
            }
        }
        return held;
    }

    /// <summary>The state of every packet in Redis.</summary>
    public static async Task<Dictionary<string, string>> States(IServer server, IDatabase database)
    {
        var states = new Dictionary<string, string>();
        await foreach (var key in server.KeysAsync(pattern: "{*}:p:*"))
            if ((string?)await database.HashGetAsync(key, "state") is { } state)
                states[key.ToString().Split(":p:", 2)[1]] = state;
        return states;
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
