using System.Globalization;
using Npgsql;

namespace RedPacket.Ledger.Postgres;

/// <summary>What the writer's session needs, once per connection. It belongs to one connection: behind a pooler that mixes sessions it does not work.</summary>
internal static class PostgresSession
{
    /// <summary>How long the server lets a recording run; it ends by itself where the client is no longer there to cancel it.</summary>
    private static readonly TimeSpan s_longestStatement = TimeSpan.FromMinutes(5);

    public static void Arrange(NpgsqlConnection connection, LedgerOptions options)
    {
        var wait = ((long)options.BusyTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        // A client that stops between two statements is cut off, so that others wait for it no longer than for a lock. And what was found at
        // the start holds until the end: a server that is told to be careless later does not make this session so.
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
