using System.Data.Common;
using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>The settings that decide whether a commit on this server is durable.</summary>
internal sealed record PostgresServerSettings(string Version, string Fsync, string SynchronousCommit, string Encoding)
{
    private const string Sql = """
        SELECT current_setting('server_version'), current_setting('fsync'),
            current_setting('synchronous_commit'), current_setting('server_encoding')
        """;

    public string Detail => $"fsync {Fsync}, synchronous_commit {SynchronousCommit}";

    /// <summary>Why a ledger cannot be kept there, and what to set; null when it can.</summary>
    public string? Refusal => this switch
    {
        { Fsync: "off" } => "PostgreSQL runs with fsync off and would forget what it has confirmed: set fsync = on and reload it.",
        { SynchronousCommit: "off" } =>
            "PostgreSQL confirms commits before they are on disk: "
            + "set synchronous_commit = on for the server, the database and the role, and reload it.",
        { Encoding: not "UTF8" } => $"The database is encoded in {Encoding} and cannot hold every name: make one with ENCODING 'UTF8'.",
        _ => null,
    };

    public static PostgresServerSettings Read(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(Sql, connection);
        using var reader = command.ExecuteReader();
        reader.Read();
        return From(reader);
    }

    public static async Task<PostgresServerSettings> Read(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return From(reader);
    }

    // "15.18 (Debian 15.18-0+deb12u1)": the package's number says nothing about the ledger.
    private static PostgresServerSettings From(DbDataReader row) =>
        new(row.GetString(0).Split(' ')[0], row.GetString(1), row.GetString(2), row.GetString(3));
}
