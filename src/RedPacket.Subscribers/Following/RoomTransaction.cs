using System.Data.Common;
using System.Globalization;

namespace RedPacket.Subscribers.Following;

/// <summary>
/// One transaction of a room's store. A parameter is named without its at sign, and null is NULL.
/// </summary>
internal sealed class RoomTransaction(DbConnection connection, DbTransaction transaction)
{
    /// <summary>SQLite takes 32,766 parameters in one statement.</summary>
    private const int RowsOfAnInsert = 500;

    /// <summary>Returns how many rows the statements changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>Every row, as <paramref name="read"/> makes it.</summary>
    public List<T> Rows<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>The first column of the first row, a whole number; 0 where there is no row or no value.</summary>
    public long Number(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteScalar() is { } value and not DBNull ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>The first row as sums: a number of grabs, and their fen.</summary>
    public GrabSums Sums(string sql) => Rows(sql, row => new GrabSums(row.GetInt64(0), row.GetInt64(1))).Single();

    /// <summary>Inserts rows by few statements: each is a journey to a server.</summary>
    /// <param name="into">For example <c>INSERT INTO shares (packet_id, fen)</c>.</param>
    /// <param name="onConflict">A clause for rows that are there. Then no two of the new rows may have one key.</param>
    public void Insert(string into, IEnumerable<object[]> rows, string onConflict = "")
    {
        foreach (var part in rows.Chunk(RowsOfAnInsert))
        {
            var values = part.Select((row, number) => $"({string.Join(", ", row.Select((_, column) => $"@r{number}_{column}"))})");
            using var command = Command($"{into} VALUES {string.Join(", ", values)} {onConflict}", []);
            foreach (var (number, row) in part.Index())
                foreach (var (column, value) in row.Index())
                    Add(command, $"r{number}_{column}", value);
            command.ExecuteNonQuery();
        }
    }

    private DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            Add(command, name, value);
        return command;
    }

    private static void Add(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }
}
