using System.Text.Json;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills;

/// <summary>What all drills have in common: how long, load before, during and after, and the comparison of the witnesses in the end.</summary>
internal static class Drill
{
    /// <summary>tests/run.sh --long.</summary>
    public static bool Long => Environment.GetEnvironmentVariable("LONG_DRILLS") == "1";

    /// <summary>How long a server is away.</summary>
    public static TimeSpan Outage => TimeSpan.FromSeconds(Long ? 60 : 20);

    /// <summary>Load before the first fault, between faults, and after the last.</summary>
    public static TimeSpan Calm => TimeSpan.FromSeconds(Long ? 15 : 3);

    /// <summary>Within this time after the last fault everything has to be in the ledger.</summary>
    public static TimeSpan Recovery => TimeSpan.FromMinutes(3);

    /// <summary>Load, the fault in its midst, load again, everything asked again. The client's record is complete when this returns.</summary>
    public static async Task Under(LoadClient client, Func<Task> fault)
    {
        using var stop = new CancellationTokenSource();
        var load = client.Run(stop.Token);
        await Eventually.Pause(Calm);
        try
        {
            await fault();
            await Eventually.Pause(Calm);
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }
        using var limit = new CancellationTokenSource(Recovery);
        await client.Resolve(limit.Token);
    }

    /// <summary>Polls the report until it is CONSISTENT; it must never be INCONSISTENT on the way.</summary>
    public static async Task<JsonElement> Consistent(Func<Task<JsonElement>> report, string circumstances)
    {
        return await Eventually.Yields(report, seen =>
        {
            var verdict = seen.GetProperty("verdict").GetString();
            if (verdict == "INCONSISTENT")
                Assert.Fail($"{circumstances}: {seen}");
            return verdict == "CONSISTENT";
        }, Recovery, $"{circumstances}: the report is CONSISTENT");
    }

    /// <summary>The client's record, the ledger and (where it can be read) Redis agree, share by share; and the report counts the same.</summary>
    public static void Agree(LoadRecord record, List<Held> ledger, List<Held>? redis, JsonElement report, string circumstances)
    {
        var client = record.Won.Values.Select(won => won.Share).ToArray();
        Assert.True(client.Length > 100, $"{circumstances}: only {client.Length} shares were won, the load never ran");
        List<string> differences = [.. record.Contradictions, .. Witnesses.Compare("client", client, "ledger", ledger)];
        if (redis is not null)
            differences.AddRange(Witnesses.Compare("Redis", redis, "ledger", ledger));
        Assert.True(differences.Count == 0, $"{circumstances}: {differences.Count} differences, the first:\n{string.Join('\n', differences.Take(20))}");
        var claims = report.GetProperty("claims");
        Assert.Equal((client.Length, client.Length), (claims.GetProperty("granted").GetInt32(), claims.GetProperty("settled").GetInt32()));
    }
}
