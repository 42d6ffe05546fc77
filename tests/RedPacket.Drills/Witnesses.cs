using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
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

    /// <summary>Every grab's transfer in a ledger: a connection string as the settings have it.</summary>
    public static List<Held> Ledger(string connectionString)
    {
        using DbConnection connection = connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase)
            ? new NpgsqlConnection($"{connectionString};Pooling=false")
            : new SqliteConnection(new SqliteConnectionStringBuilder(connectionString) { Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = Grabs;
        using var reader = command.ExecuteReader();
        var held = new List<Held>();
        while (reader.Read())
            held.Add(new Held(reader.GetString(0), reader.GetString(1)["wallet:".Length..], reader.GetInt32(2), reader.GetInt64(3)));
        return held;
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

    /// <summary>What one witness has and the other has not, and what either has twice; empty when they agree.</summary>
    public static IReadOnlyList<string> Compare(string nameA, IReadOnlyCollection<Held> a, string nameB, IReadOnlyCollection<Held> b) =>
    [
        .. Twice(nameA, a), .. Twice(nameB, b),
        .. a.Except(b).Select(held => $"only {nameA}: {held}"), .. b.Except(a).Select(held => $"only {nameB}: {held}"),
    ];

    private static IEnumerable<string> Twice(string name, IReadOnlyCollection<Held> all) =>
        all.GroupBy(held => (held.PacketId, held.UserId)).Where(group => group.Count() > 1).Select(group => $"{name} more than once: {string.Join(" and ", group)}")
            .Concat(all.GroupBy(held => (held.PacketId, held.Ordinal)).Where(group => group.Count() > 1).Select(group => $"{name} one share to two users: {string.Join(" and ", group)}"));
}
