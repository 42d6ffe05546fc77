using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// The connection string of the settings, with the needs of writer and readers. The settings' own options win.
/// </summary>
internal static class PostgresConnection
{
    private const int ConnectSeconds = 5;

    /// <summary>Far longer than a recording takes. A server that is silent for so long counts as lost.</summary>
    private const int RecordingSeconds = 60;

    /// <summary>A server takes 100 connections by default, and several processes share it.</summary>
    private const int PooledAtMost = 20;

    /// <summary>True for a connection string that names a server.</summary>
    public static bool IsUsable(string connectionString)
    {
        try
        {
            return !string.IsNullOrWhiteSpace(new NpgsqlConnectionStringBuilder(connectionString).Host);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return false;
        }
    }

    /// <summary>One connection, held as long as it is sound. Its errors do not show the values of rows.</summary>
    public static NpgsqlConnection ForWriting(LedgerOptions options) =>
        new(With(options.ConnectionString, "redpacket ledger", connection =>
        {
            connection.Pooling = false;
            if (!connection.ShouldSerialize("Command Timeout"))
                connection.CommandTimeout = RecordingSeconds;
        }));

    /// <summary>Pooled; the server refuses every write.</summary>
    public static string ForReading(string connectionString) => With(connectionString, "redpacket reader",
        connection => connection.Options = $"{connection.Options} -c default_transaction_read_only=on".TrimStart());

    private static string With(string connectionString, string name, Action<NpgsqlConnectionStringBuilder> arrange)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString) { Enlist = false };
        if (!connection.ShouldSerialize("Timeout"))
            connection.Timeout = ConnectSeconds;
        if (!connection.ShouldSerialize("Maximum Pool Size"))
            connection.MaxPoolSize = PooledAtMost;
        connection.ApplicationName ??= name;
        arrange(connection);
        return connection.ConnectionString;
    }
}
