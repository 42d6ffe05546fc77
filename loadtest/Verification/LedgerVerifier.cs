using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Verification;

/// <summary>Reads a ledger directly for the comparison, and the exact lag of every measured share.</summary>
internal sealed class LedgerVerifier(string connectionString)
{
    // Kind 2 is a grab. Kind 4 pays a lost share from the loss account, and its parked entry has the ordinal.
    private const string Claims = """
        SELECT p.packet_id, a.code, t.ordinal, t.amount_fen, t.granted_at, r.recorded_at
        FROM transfers t
        JOIN packets p ON p.number = t.packet
        JOIN accounts a ON a.id = t.credit_account
        JOIN recordings r ON r.id = t.recording
        WHERE t.id > @after AND t.kind = 2
        UNION ALL
        SELECT p.packet_id, a.code, k.ordinal, t.amount_fen, t.granted_at, t.granted_at
        FROM transfers t
        JOIN packets p ON p.number = t.packet
        JOIN accounts a ON a.id = t.credit_account
        JOIN parked k ON k.id = t.ordinal
        WHERE t.id > @after AND t.kind = 4
        """;

    private readonly SortedDictionary<long, (long Granted, long Recorded)> _bySecond = [];

    /// <summary>Microseconds from grant to commit. The ledger keeps milliseconds.</summary>
    public Histogram Lag { get; } = new();

    /// <summary>The last commit, in milliseconds since 1970; 0 without one.</summary>
    public long LastRecordedAt { get; private set; }

    /// <summary>The number of the last transfer. Later ones have higher numbers.</summary>
    public long LastTransfer()
    {
        using var connection = Open(connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COALESCE(MAX(id), 0) FROM transfers";
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Reads the shares of the run's packets recorded after a transfer, in ledger order. Fills in the lag as well.
    /// </summary>
    public IEnumerable<RecordedShare> Read(long after, PacketIds packets, Callers callers)
    {
        using var connection = Open(connectionString);
        using var command = connection.CreateCommand();
        command.CommandText = Claims;
        command.CommandTimeout = 120;
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@after", after);
        command.Parameters.Add(parameter);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var packet = packets.Find(reader.GetString(0));
            if (packet < 0)
                continue;
            var user = reader.GetString(1)["wallet:".Length..];
            LastRecordedAt = Math.Max(LastRecordedAt, reader.GetInt64(5));
            if (packets.IsMeasured(packet))
                Note(reader.GetInt64(4), reader.GetInt64(5));
            yield return new RecordedShare(packet, callers.Find(user), user, reader.GetInt32(2), reader.GetInt64(3));
        }
    }

    /// <summary>
    /// Measured shares granted and recorded by second since the first grant, by the clocks of Redis and of the ledger.
    /// </summary>
    public IReadOnlyList<Flow> Flow()
    {
        if (_bySecond.Count == 0)
            return [];
        var (first, granted, recorded) = (_bySecond.Keys.First(), 0L, 0L);
        var flow = new List<Flow>();
        foreach (var (second, (more, settled)) in _bySecond)
        {
            granted += more;
            recorded += settled;
            flow.Add(new Flow(second - first + 1, granted, recorded, granted - recorded));
        }
        return flow;
    }

    private void Note(long grantedAt, long recordedAt)
    {
        Lag.Add((recordedAt - grantedAt) * 1000);
        var at = _bySecond.GetValueOrDefault(grantedAt / 1000);
        _bySecond[grantedAt / 1000] = (at.Granted + 1, at.Recorded);
        at = _bySecond.GetValueOrDefault(recordedAt / 1000);
        _bySecond[recordedAt / 1000] = (at.Granted, at.Recorded + 1);
    }

    /// <summary>Opens a database of SQLite or PostgreSQL, by its connection string.</summary>
    public static DbConnection Open(string connectionString)
    {
        DbConnection connection = connectionString.Contains("Host=", StringComparison.OrdinalIgnoreCase)
            ? new NpgsqlConnection($"{connectionString};Pooling=false")
            : new SqliteConnection($"{connectionString};Mode=ReadWrite;Pooling=False");
        connection.Open();
        return connection;
    }
}
