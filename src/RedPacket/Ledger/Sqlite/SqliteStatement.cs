using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// One prepared statement, run again and again. Beneath ADO.NET, whose command costs more than the row it writes; it
/// belongs to the thread and to the connection that it was made for.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_database, sql, out _statement), _database);
    }

    /// <summary>Parameters are numbered from 1.</summary>
    public SqliteStatement Bind(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, string? value)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(_statement, parameter));
            return this;
        }
        var length = Encoding.UTF8.GetMaxByteCount(value.Length);
        Span<byte> utf8 = length <= 1024 ? stackalloc byte[length] : new byte[length];
        Check(raw.sqlite3_bind_text(_statement, parameter, utf8[..Encoding.UTF8.GetBytes(value, utf8)]));
        return this;
    }

    /// <summary>Runs to the end. Returns how many rows it changed.</summary>
    public int Execute()
    {
        var row = Step();
        Reset();
        return row
            ? throw new InvalidOperationException("A statement that changes rows must not return any.")
            : raw.sqlite3_changes(_database);
    }

    /// <summary>Runs an insert. Returns the number of the new row.</summary>
    public long Insert()
    {
        Execute();
        return raw.sqlite3_last_insert_rowid(_database);
    }

    /// <summary>The first column of the first row, or null where there is no row.</summary>
    public long? Number()
    {
        long? number = Step() ? raw.sqlite3_column_int64(_statement, 0) : null;
        Reset();
        return number;
    }

    /// <summary>True when there is a row to read; the reader then calls <see cref="Reset"/>.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
            return true;
        if (result != raw.SQLITE_DONE)
        {
            // Made before the reset, which would take the extended code and the words with it.
            var failure = Failure(result);
            Reset();
            throw failure;
        }
        Reset();
        return false;
    }

    public long NumberAt(int column) => raw.sqlite3_column_int64(_statement, column);

    public string? TextAt(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL
        ? null
        : raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public void Reset() => raw.sqlite3_reset(_statement);

    public void Dispose() => _statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);

    private SqliteException Failure(int result) =>
        new($"SQLite error {result}: {raw.sqlite3_errmsg(_database).utf8_to_string()}", result, raw.sqlite3_extended_errcode(_database));
}
