using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace RedPacket.Drills;

/// <summary>
/// Entries that Redis has forgotten and that come out of the queue after the gate was opened: their ordinal may have been dealt again. The ledger parks what
/// contradicts it as a conflict, and the service makes it good; what is accepted of them stands here and nowhere else.
/// </summary>
internal static class Stragglers
{
    private const string Parked = "SELECT packet_id, user_id, ordinal, amount_fen FROM parked WHERE kind = 2 AND reason = 'conflict'";

    /// <summary>Shares that stand among the parked conflicts.</summary>
    public static List<Held> Of(string ledgerPath)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = ledgerPath, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = Parked;
        using var reader = command.ExecuteReader();
        var held = new List<Held>();
        while (reader.Read())
            held.Add(new Held(reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetInt64(3)));
        return held;
    }

    /// <summary>True when nothing is on its way, and whatever the report finds wrong is one of these.</summary>
    public static bool AreAllThatIsWrong(JsonElement report) => report.GetProperty("verdict").GetString() switch
    {
        "CONSISTENT" => true,
        "INCONSISTENT" => report.GetProperty("claims").GetProperty("inFlight").GetInt64() == 0
            && report.GetProperty("differences").EnumerateArray().All(difference => difference.GetProperty("kind").GetString() == "parked"),
        _ => false,
    };
}
