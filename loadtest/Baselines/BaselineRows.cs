using System.Globalization;
using Microsoft.Data.Sqlite;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Baselines;

/// <summary>Reads the table of one of the usual ways past its process: the other side of the comparison.</summary>
internal static class BaselineRows
{
    /// <summary>How many rows there are.</summary>
    public static long Count(string path)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM Transfers";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>The rows of these packets, in the order in which they were written.</summary>
    public static IEnumerable<RecordedShare> Read(string path, PacketIds packets, Callers callers)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT PacketId, UserId, Ordinal, AmountFen FROM Transfers ORDER BY Id";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (packets.Find(reader.GetString(0)) is >= 0 and var packet)
                yield return new RecordedShare(packet, callers.Find(reader.GetString(1)), reader.GetString(1), reader.GetInt32(2), reader.GetInt64(3));
        }
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Mode=ReadWrite;Pooling=False");
        connection.Open();
        return connection;
    }
}
