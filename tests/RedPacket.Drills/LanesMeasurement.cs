using System.Globalization;
using Microsoft.Data.Sqlite;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills;

/// <summary>Milliseconds from granted to recorded, over all grabs of packets that never fail.</summary>
internal sealed record LagFigures(int Grabs, long P50Ms, long P99Ms);

/// <summary>What the two lanes are worth, in one run.</summary>
/// <param name="Healthy">While every write of the ledger succeeds.</param>
/// <param name="Faulty">The same sort of packets, while 30 % of the writes for other packets fail.</param>
/// <param name="Failing">Grabs of the packets that failed, while they did.</param>
/// <param name="CameAgain">Those of them that were recorded by a later delivery than their first.</param>
internal sealed record LanesFigures(LagFigures Healthy, LagFigures Faulty, int Failing, int CameAgain)
{
    /// <summary>How many times as long the slowest hundredth of the live entries took.</summary>
    public double Ratio => (double)Faulty.P99Ms / Healthy.P99Ms;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"healthy p50 {Healthy.P50Ms} ms, p99 {Healthy.P99Ms} ms ({Healthy.Grabs} grabs); faulty p50 {Faulty.P50Ms} ms, p99 {Faulty.P99Ms} ms ({Faulty.Grabs} grabs); ")
        + string.Create(CultureInfo.InvariantCulture, $"p99 ratio {Ratio:F2}; {CameAgain} of {Failing} grabs of failing packets came again");
}

/// <summary>
/// Do live entries wait behind those that come again? One deployment under load in turns, with and without a ledger that fails 30 % of its writes for every
/// second packet. The fault is a trigger in the ledger's own file: the service knows nothing of it, and takes it for a passing cause.
/// </summary>
internal sealed class LanesMeasurement(Cluster cluster, LoadClient client, Action<string> say)
{
    // Malformed JSON is an error of the statement, and breaks no rule: neither an outage nor a reason to park the row.
    private const string Fault = """
        CREATE TABLE fault (armed INTEGER NOT NULL);
        INSERT INTO fault VALUES (0);
        CREATE TRIGGER fault BEFORE INSERT ON transfers
        WHEN NEW.packet % 2 = 0 AND (SELECT armed FROM fault) = 1 AND abs(random()) % 10 < 3
        BEGIN SELECT json('{'); END;
        """;

    /// <summary>Shares to be won in a turn, half of them of packets that do not fail: a machine that does other things needs longer.</summary>
    private const int Enough = 500;

    // No resend comes earlier than a second after the first delivery.
    private static readonly TimeSpan s_firstDelivery = TimeSpan.FromSeconds(1);

    /// <summary>A warm-up, then healthy and faulty in turns. Every turn ends with everything in the ledger, once the fault is over.</summary>
    public async Task<LanesFigures> Run(TimeSpan turn, int pairs)
    {
        Execute(Fault);
        await Turn(armed: false, turn);
        List<(long From, long To)> healthy = [], faulty = [];
        for (var pair = 1; pair <= pairs; pair++)
        {
            healthy.Add(await Turn(armed: false, turn));
            faulty.Add(await Turn(armed: true, turn));
        }

        var failing = faulty.SelectMany(span => Lags(span, failing: true)).ToList();
        return new LanesFigures(Figures(healthy), Figures(faulty), failing.Count, failing.Count(lag => lag > s_firstDelivery.TotalMilliseconds));
    }

    /// <summary>Returns between which moments its grabs were granted, by Redis's clock, which is this machine's.</summary>
    private async Task<(long From, long To)> Turn(bool armed, TimeSpan turn)
    {
        Arm(armed);
        say(string.Create(CultureInfo.InvariantCulture, $"{(armed ? "faulty" : "healthy")} for {turn.TotalSeconds:0} s"));
        var (from, won) = (Now(), client.Record.Won.Count);
        using var stop = new CancellationTokenSource();
        var load = client.Run(stop.Token);
        await Eventually.Pause(turn);
        await Eventually.Holds(() => client.Record.Won.Count > won + Enough, Drill.Recovery, "enough was won to measure");
        await stop.CancelAsync();
        await load;
        var to = Now();
        // What failed over and over again waits half a minute and more between its attempts: that is not what is measured.
        Arm(false);
        await Drill.Consistent(cluster.Report, armed ? "lanes, faulty" : "lanes, healthy");
        return (from, to);
    }

    private void Arm(bool armed) => Execute(string.Create(CultureInfo.InvariantCulture, $"UPDATE fault SET armed = {(armed ? 1 : 0)}"));

    private LagFigures Figures(List<(long From, long To)> spans)
    {
        var lags = spans.SelectMany(span => Lags(span, failing: false)).Order().ToList();
        Assert.True(lags.Count > 100, $"only {lags.Count} grabs of packets that do not fail: the load never ran");
        return new LagFigures(lags.Count, lags[lags.Count / 2], lags[lags.Count * 99 / 100]);
    }

    private List<long> Lags((long From, long To) span, bool failing)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT r.recorded_at - t.granted_at FROM transfers t JOIN recordings r ON r.id = t.recording
            WHERE t.kind = 2 AND t.granted_at BETWEEN @from AND @to AND t.packet % 2 = @odd
            """;
        command.Parameters.AddWithValue("@from", span.From);
        command.Parameters.AddWithValue("@to", span.To);
        command.Parameters.AddWithValue("@odd", failing ? 0 : 1);
        using var reader = command.ExecuteReader();
        List<long> lags = [];
        while (reader.Read())
            lags.Add(reader.GetInt64(0));
        return lags;
    }

    private void Execute(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={cluster.LedgerPath};Pooling=False;Default Timeout=10");
        connection.Open();
        return connection;
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
