using Npgsql;
using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// The meaning of PostgreSQL's error codes for the ledger: an outage hits everything and passes; a refusal hits one row
/// and stays.
/// </summary>
internal static class PostgresErrors
{
    // Classes: 08 connection, 28 authorization, 53 resources (disk full, too many connections), 57P shut down, 58
    // system error, XX internal error.
    private static readonly string[] s_outageClasses = ["08", "28", "53", "57P", "58", "XX"];

    // Read-only, idle for too long in a transaction, no such database, closed to connections, no such schema, no such
    // table or function (the database was replaced), no permission.
    private static readonly string[] s_outageStates = ["25006", "25P03", "3D000", "55000", "3F000", "42P01", "42883", "42501"];

    // Raised by take_turn of record.sql.
    private const string WentBackState = "RP001";

    // Lock not granted in time, statement cancelled, could not be serialized, deadlock: a retry may succeed on the same
    // connection.
    private static readonly string[] s_busyStates = ["55P03", "57014", "40001", "40P01"];

    // Classes: 22 data, 23 constraint, 54 limits of the program (a row or a key that is too large).
    private static readonly string[] s_refusalClasses = ["22", "23", "54"];

    /// <summary>An error without a code is the connection's: refused, reset, timed out.</summary>
    public static bool IsOutage(NpgsqlException exception) => exception is not PostgresException { SqlState: var state }
        || IsBusy(exception) || state == WentBackState || s_outageStates.Contains(state) || Is(s_outageClasses, state);

    /// <summary>True when the ledger lacks transactions that this writer has committed.</summary>
    public static bool WentBack(Exception exception) => exception is PostgresException { SqlState: WentBackState };

    public static bool IsRefusal(NpgsqlException exception) =>
        exception is PostgresException { SqlState: var state } && Is(s_refusalClasses, state);

    public static bool IsBusy(NpgsqlException exception) =>
        exception is PostgresException { SqlState: var state } && s_busyStates.Contains(state);

    /// <summary>The server's words without its code, and what to do where that is known.</summary>
    public static string ReasonIn(NpgsqlException exception) =>
        exception is not PostgresException { SqlState: var state, MessageText: var text }
        ? exception.InnerException is { } inner ? $"{exception.Message}: {inner.Message}" : exception.Message
        : state switch
        {
            "3D000" => $"PostgreSQL: {text}. Create it (CREATE DATABASE … ENCODING 'UTF8'); its tables are made here.",
            "42501" => $"PostgreSQL: {text}. "
                + "The role needs CREATE on the schema (GRANT CREATE ON SCHEMA public TO …) and TEMPORARY on the database.",
            WentBackState => WriterCount.WentBack,
            "55P03" => $"PostgreSQL: {text}. Another program is writing.",
            _ => $"PostgreSQL: {text}",
        };

    private static bool Is(string[] classes, string state) =>
        Array.Exists(classes, each => state.StartsWith(each, StringComparison.Ordinal));
}
