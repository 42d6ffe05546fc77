using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackExchange.Redis;

namespace RedPacket.Drills.Checks;

/// <summary>Reads shares directly from Redis and from the ledger, without the service.</summary>
internal static class DirectReaders
{
    private const string GrabSql = """
        SELECT p.packet_id, a.code, t.ordinal, t.amount_fen
        FROM transfers t JOIN packets p ON p.number = t.packet JOIN accounts a ON a.id = t.credit_account
        WHERE t.kind = 2
        """;

    private const string AdjustmentSql = """
        SELECT p.packet_id, a.code, k.ordinal, t.amount_fen
        FROM transfers t
        JOIN packets p ON p.number = t.packet
        JOIN accounts a ON a.id = t.credit_account
        JOIN parked k ON k.id = t.ordinal
        WHERE t.kind = 4
        """;

    private const string FundingSql = """
        SELECT p.packet_id, t.kind, a.code, t.amount_fen
        FROM transfers t JOIN packets p ON p.number = t.packet JOIN accounts a ON a.id = t.credit_account
        WHERE t.kind IN (1, 3)
        """;

    /// <summary>Every grab in a ledger, given its connection string.</summary>
    public static List<HeldShare> LedgerShares(string connectionString) => Rows(connectionString, GrabSql, ShareOf);

    /// <summary>
    /// Shares paid from the loss account. Redis forgot such a share and granted its ordinal to another user before the
    /// entry reached the ledger. The ledger parked the entry, and the service paid it with an adjust transfer.
    /// </summary>
    public static List<HeldShare> AdjustedShares(string connectionString) =>
        Rows(connectionString, AdjustmentSql, ShareOf);

    /// <summary>Every fund and refund in a ledger.</summary>
    public static List<SenderRow> SenderRows(string connectionString) => Rows(connectionString, FundingSql, row => row.GetInt32(1) == 3
        ? new SenderRow(row.GetString(0), true, UserOf(row.GetString(2)), row.GetInt64(3))
        : new SenderRow(row.GetString(0), false, "", row.GetInt64(3)));

    /// <summary>Archived packets.</summary>
    public static List<string> ArchivedPackets(string connectionString) =>
        Texts(connectionString, "SELECT packet_id FROM packets WHERE archived_at IS NOT NULL");

    /// <summary>Every packet in a ledger.</summary>
    public static HashSet<string> LedgerPackets(string connectionString) =>
        [.. Texts(connectionString, "SELECT packet_id FROM packets")];

    /// <summary>One number from a ledger.</summary>
    public static long Number(string connectionString, string sql) =>
        Rows(connectionString, sql, row => row.GetInt64(0)).Single();

    /// <summary>Lines of text from a ledger.</summary>
    public static List<string> Texts(string connectionString, string sql) =>
        Rows(connectionString, sql, row => row.GetString(0));

    /// <summary>Locks a ledger against writes until the connection is disposed.</summary>
    public static DbConnection Lock(string connectionString)
    {
        var connection = Open(connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = connection is SqliteConnection ? "BEGIN IMMEDIATE" : "BEGIN; LOCK TABLE transfers IN EXCLUSIVE MODE";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>Executes a statement on a ledger, without the service.</summary>
    public static void Execute(string connectionString, string sql)
    {
        using var connection = Open(connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static HeldShare ShareOf(DbDataReader row) =>
        new(row.GetString(0), UserOf(row.GetString(1)), row.GetInt32(2), row.GetInt64(3));

    private static string UserOf(string account) => account["wallet:".Length..];

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
    public static async Task<List<HeldShare>> RedisShares(IConnectionMultiplexer redis)
    {
        var held = new List<HeldShare>();
        await foreach (var key in Keys(redis, "{*}:p:*"))
        {
            foreach (var field in await redis.GetDatabase().HashGetAllAsync(key))
            {
                if (!field.Name.ToString().StartsWith("u:", StringComparison.Ordinal))
                    continue;
                var parts = field.Value.ToString().Split(' ');
                var ordinal = int.Parse(parts[0], CultureInfo.InvariantCulture);
                var fen = long.Parse(parts[1], CultureInfo.InvariantCulture);
                held.Add(new HeldShare(PacketOf(key), field.Name.ToString()[2..], ordinal, fen));
            }
        }
        return held;
    }

    /// <summary>The state of every packet in Redis.</summary>
    public static async Task<Dictionary<string, string>> PacketStates(IConnectionMultiplexer redis)
    {
        var states = new Dictionary<string, string>();
        await foreach (var key in Keys(redis, "{*}:p:*"))
            if ((string?)await redis.GetDatabase().HashGetAsync(key, "state") is { } state)
                states[PacketOf(key)] = state;
        return states;
    }

    /// <summary>The number of entries in the outboxes of all shards.</summary>
    public static async Task<long> OutboxLength(IConnectionMultiplexer redis)
    {
        var entries = 0L;
        await foreach (var key in Keys(redis, "{*}:out"))
            entries += await redis.GetDatabase().SortedSetLengthAsync(key);
        return entries;
    }

    // A replica has the keys of its primary. The client may not know yet that a server has become one, so each is
    // asked.
    private static async IAsyncEnumerable<RedisKey> Keys(IConnectionMultiplexer redis, string pattern)
    {
        foreach (var server in redis.GetServers().Where(server => server.IsConnected))
        {
            if (await server.RoleAsync() is not Role.Master)
                continue;
            await foreach (var key in server.KeysAsync(pattern: pattern))
                yield return key;
        }
    }

    private static string PacketOf(RedisKey key) => key.ToString().Split(":p:", 2)[1];
}
