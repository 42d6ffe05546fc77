using System.Globalization;
using Microsoft.Data.Sqlite;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Baselines;

/// <summary>Reads the table of a baseline directly, for the comparison.</summary>
internal static class BaselineRows
{
    /// <summary>Counts the rows.</summary>
    public static long Count(string path)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM Transfers";
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>Reads the rows of these packets in the order of writing.</summary>
    public static IEnumerable<RecordedShare> Read(string path, PacketIds packets, Callers callers)
    {
        using var connection = Open(path);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT PacketId, UserId, Ordinal, AmountFen FROM Transfers ORDER BY Id";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var user = reader.GetString(1);
            if (packets.Find(reader.GetString(0)) is >= 0 and var packet)
                yield return new RecordedShare(packet, callers.Find(user), user, reader.GetInt32(2), reader.GetInt64(3));
        }
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Mode=ReadWrite;Pooling=False");
        connection.Open();
        return connection;
    }
}
