using System.Globalization;
using Microsoft.Data.Sqlite;

namespace RedPacket.Drills.Run;

/// <summary>The lag from grant to ledger, over all grabs of packets that never fail.</summary>
internal sealed record LagFigures(int Grabs, long P50Ms, long P99Ms)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"p50 {P50Ms} ms, p99 {P99Ms} ms of {Grabs} grabs");
}

/// <summary>The measurements of the two lanes in one run.</summary>
/// <param name="Healthy">The lag while every write of the ledger succeeds.</param>
/// <param name="Faulty">The lag of healthy packets while 30 % of the writes for other packets fail.</param>
/// <param name="Failing">Grabs of failing packets during the fault.</param>
/// <param name="Redelivered">How many of them were recorded by a later delivery.</param>
internal sealed record LanesFigures(LagFigures Healthy, LagFigures Faulty, int Failing, int Redelivered)
{
    /// <summary>The p99 of the lag during the fault, divided by the healthy p99.</summary>
    public double Ratio => (double)Faulty.P99Ms / Healthy.P99Ms;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"healthy: {Healthy}, faulty: {Faulty}, p99 ratio {Ratio:F2}, {Redelivered} of {Failing} grabs of failing packets redelivered");
}

/// <summary>
/// Do live entries wait behind redelivered ones? Runs one deployment under load with and without a fault, alternately.
/// The fault is a trigger in the ledger's file that fails 30 % of the writes for every second packet. The service
/// treats the failures as transient.
/// </summary>
internal sealed class LanesMeasurement(Cluster cluster, LoadClient client, Action<string> say)
{
    // Malformed JSON fails the statement without breaking a constraint, so it is neither an outage nor a reason to park
    // the row.
    private const string Fault = """
        CREATE TABLE fault (armed INTEGER NOT NULL);
        INSERT INTO fault VALUES (0);
        CREATE TRIGGER fault BEFORE INSERT ON transfers
        WHEN NEW.packet % 2 = 0 AND (SELECT armed FROM fault) = 1 AND abs(random()) % 10 < 3
        BEGIN SELECT json('{'); END;
        """;

    /// <summary>
    /// Wins that an interval needs. Half of them are of healthy packets. A busy machine needs more time.
    /// </summary>
    private const int Enough = 500;

    // The relay resends no chunk within a second of its first delivery.
    private static readonly TimeSpan s_firstDelivery = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Warms up, then alternates between healthy and faulty intervals. Each interval ends with everything in the
    /// ledger.
    /// </summary>
    public async Task<LanesFigures> Run(TimeSpan duration, int pairs)
    {
        Execute(Fault);
        await Measure(armed: false, duration);
        List<(long From, long To)> healthy = [], faulty = [];
        for (var pair = 1; pair <= pairs; pair++)
        {
            healthy.Add(await Measure(armed: false, duration));
            faulty.Add(await Measure(armed: true, duration));
        }

        var failing = faulty.SelectMany(span => Lags(span, failing: true)).ToList();
        var redelivered = failing.Count(lag => lag > s_firstDelivery.TotalMilliseconds);
        return new LanesFigures(Figures(healthy), Figures(faulty), failing.Count, redelivered);
    }

    /// <summary>Returns the first and the last moment of the grabs by Redis's clock, which is this machine's.</summary>
    private async Task<(long From, long To)> Measure(bool armed, TimeSpan duration)
    {
        Arm(armed);
        say(string.Create(CultureInfo.InvariantCulture, $"{(armed ? "faulty" : "healthy")} for {duration.TotalSeconds:0} s"));
        var (from, won) = (Now(), client.Record.Won.Count);
        using var stop = new CancellationTokenSource();
        var load = client.Run(stop.Token);
        await Eventually.Pause(duration);
        await Eventually.Holds(() => client.Record.Won.Count > won + Enough, Drill.Recovery, "enough shares are won to measure");
        await stop.CancelAsync();
        await load;
        var to = Now();
        // An entry that fails repeatedly waits half a minute between attempts. That wait is not part of the
        // measurement.
        Arm(false);
        await Drill.Consistent(cluster.Report, armed ? "lanes, faulty" : "lanes, healthy");
        return (from, to);
    }

    private void Arm(bool armed) =>
        Execute(string.Create(CultureInfo.InvariantCulture, $"UPDATE fault SET armed = {(armed ? 1 : 0)}"));

    private LagFigures Figures(List<(long From, long To)> spans)
    {
        var lags = spans.SelectMany(span => Lags(span, failing: false)).Order().ToList();
        Assert.True(lags.Count > 100, $"only {lags.Count} grabs of healthy packets: the load did not run");
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
