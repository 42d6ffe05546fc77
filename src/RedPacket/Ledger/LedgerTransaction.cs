using System.Data.Common;
using System.Globalization;

namespace RedPacket.Ledger;

/// <summary>
/// One transaction of the writer, for all writing that is not recording. Its statements are plain enough for both
/// databases.
/// </summary>
/// <param name="connection">The connection that is in the transaction.</param>
/// <param name="transaction">Null where ADO.NET did not begin it.</param>
internal sealed class LedgerTransaction(DbConnection connection, DbTransaction? transaction)
{
    /// <summary>
    /// Returns how many rows the statement changed. A parameter is named without its at sign, and null is NULL.
    /// </summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row, a whole number; null where there is no row or no value.</summary>
    public long? Number(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteScalar() is { } value and not DBNull ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The first column of the first row, a text; null where there is no row or no value.</summary>
    public string? Text(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteScalar() as string;
    }

    /// <summary>Every row, as <paramref name="read"/> makes it.</summary>
    public List<T> Rows<T>(string sql, Func<DbDataReader, T> read)
    {
        using var command = Command(sql, []);
        using var reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>Sets the totals of an account.</summary>
    public void SetTotals(string account, long debits, long credits) => Execute(
        "UPDATE accounts SET debits = @debits, credits = @credits WHERE code = @code",
        ("debits", debits), ("credits", credits), ("code", account));

    private DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
