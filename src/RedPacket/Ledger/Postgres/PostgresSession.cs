using System.Globalization;
using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// Prepares the writer's session, once per connection. It does not work behind a pooler that mixes sessions.
/// </summary>
internal static class PostgresSession
{
    /// <summary>
    /// The server ends a longer recording, for the case that its client is gone and cannot cancel it.
    /// </summary>
    private static readonly TimeSpan s_longestStatement = TimeSpan.FromMinutes(5);

    public static void Arrange(NpgsqlConnection connection, LedgerOptions options)
    {
        var wait = ((long)options.BusyTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        // A client that stops between two statements is cut off, so that others wait for it no longer than for a lock.
        // The session keeps the durability that was checked when it began, even if the server's setting changes later.
        Execute(connection, $"""
            SET lock_timeout = {wait};
            SET idle_in_transaction_session_timeout = {wait};
            SET statement_timeout = {((long)s_longestStatement.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)};
            SELECT set_config('synchronous_commit', current_setting('synchronous_commit'), false)
            """);
    }

    public static void MakeFunctions(NpgsqlConnection connection) => Execute(connection, Functions());

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static string Functions()
    {
        using var stream = typeof(PostgresSession).Assembly.GetManifestResourceStream("record.sql")
            ?? throw new InvalidOperationException("record.sql is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
