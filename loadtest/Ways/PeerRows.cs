using System.Globalization;
using RedPacket.LoadTest.Traffic;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Ways;

/// <summary>Reads the table of a peer directly, for the comparison.</summary>
/// <param name="ledger">The file of SQLite, or the connection string of PostgreSQL.</param>
internal sealed class PeerRows(string ledger)
{
    private readonly string _connectionString = ledger.Contains("Host=", StringComparison.Ordinal) ? ledger : $"Data Source={ledger}";

    // Wolverine keeps what it handled for a while.
    private const string WaitingInWolverine = """
        SELECT (SELECT COUNT(*) FROM wolverine.wolverine_outgoing_envelopes)
            + (SELECT COUNT(*) FROM wolverine.wolverine_incoming_envelopes WHERE status <> 'Handled')
        """;

    /// <summary>Counts the rows.</summary>
    public long Count() => Number("SELECT COUNT(*) FROM Transfers");

    /// <summary>Counts the messages that wait in a way's tables.</summary>
    public long Waiting(Way way) => way.Key == "wolverine" ? Number(WaitingInWolverine) : 0;

    /// <summary>Reads the rows of these packets.</summary>
    public IEnumerable<RecordedShare> Read(PacketIds packets, Callers callers)
    {
        using var connection = LedgerVerifier.Open(_connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT PacketId, UserId, Ordinal, AmountFen FROM Transfers";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var user = reader.GetString(1);
            if (packets.Find(reader.GetString(0)) is >= 0 and var packet)
                yield return new RecordedShare(packet, callers.Find(user), user, reader.GetInt32(2), reader.GetInt64(3));
        }
    }

    private long Number(string query)
    {
        using var connection = LedgerVerifier.Open(_connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
