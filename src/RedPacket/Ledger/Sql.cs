using System.Data.Common;

namespace RedPacket.Ledger;

/// <summary>One statement with named parameters, for work that is run by <see cref="Journal.Run"/>.</summary>
internal static class Sql
{
    public static int Execute(DbConnection connection, DbTransaction transaction, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            command.Parameters.Add(parameter);
        }
        return command.ExecuteNonQuery();
    }
}
