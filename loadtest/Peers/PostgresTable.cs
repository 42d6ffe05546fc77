using Npgsql;
using NpgsqlTypes;

namespace RedPacket.Peers;

/// <summary>The table of the peers in PostgreSQL. A share that is recorded again changes nothing.</summary>
public sealed class PostgresTable : IAsyncDisposable
{
    private const string Make = """
        CREATE TABLE IF NOT EXISTS Transfers (PacketId text NOT NULL, UserId text NOT NULL, Ordinal int NOT NULL,
            AmountFen bigint NOT NULL, GrabbedAt bigint NOT NULL, PRIMARY KEY (PacketId, Ordinal))
        """;

    private const string Insert = """
        INSERT INTO Transfers SELECT * FROM unnest($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """;

    /// <param name="connectionString">Of a database, in which the table is made when it is missing.</param>
    public PostgresTable(string connectionString)
    {
        // Statements stay prepared on the server.
        Database = NpgsqlDataSource.Create($"{connectionString};Maximum Pool Size=64;Max Auto Prepare=20;Auto Prepare Min Usages=2");
        using var command = Database.CreateCommand(Make);
        command.ExecuteNonQuery();
    }

    /// <summary>The database of the table.</summary>
    internal NpgsqlDataSource Database { get; }

    /// <summary>Adds rows with one statement and returns when they are on disk.</summary>
    public async Task Add(IEnumerable<GrabAccepted> accepted)
    {
        // In one order, so that two batches with the same rows do not wait for each other.
        GrabAccepted[] grabs = [.. accepted.OrderBy(grab => grab.PacketId, StringComparer.Ordinal).ThenBy(grab => grab.Ordinal)];
        await using var command = Database.CreateCommand(Insert);
        Column(NpgsqlDbType.Text, grab => grab.PacketId);
        Column(NpgsqlDbType.Text, grab => grab.UserId);
        Column(NpgsqlDbType.Integer, grab => grab.Ordinal);
        Column(NpgsqlDbType.Bigint, grab => grab.AmountFen);
        Column(NpgsqlDbType.Bigint, grab => grab.GrabbedAt);
        await command.ExecuteNonQueryAsync();

        void Column<T>(NpgsqlDbType type, Func<GrabAccepted, T> value) => command.Parameters.Add(
            new NpgsqlParameter { Value = grabs.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
