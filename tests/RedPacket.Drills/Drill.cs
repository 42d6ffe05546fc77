using System.Text.Json;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills;

/// <summary>A fault that is staged on real processes under load, and what must hold after it.</summary>
/// <param name="Name">As it is called on the command line.</param>
/// <param name="Fault">What is done, in words.</param>
/// <param name="Promise">What must hold, and which promises of DESIGN.md that are.</param>
/// <param name="Act">Stages it; each comparison it comes to is one outcome of the stage.</param>
/// <param name="SqliteOnly">It does something to the ledger's file.</param>
internal sealed record Drill(string Name, string Fault, string Promise, Func<DrillContext, Task> Act, bool SqliteOnly = false)
{
    /// <summary>tests/run.sh --long, and the runner's --long.</summary>
    public static bool Long { get; set; } = Environment.GetEnvironmentVariable("LONG_DRILLS") == "1";

    /// <summary>How long a server is away.</summary>
    public static TimeSpan Outage => TimeSpan.FromSeconds(Long ? 30 : 4);

    /// <summary>Load before the first fault, between faults, and after the last.</summary>
    public static TimeSpan Calm => TimeSpan.FromSeconds(Long ? 5 : 1);

    /// <summary>Within this time after the last fault everything has to be in the ledger.</summary>
    public static TimeSpan Recovery => TimeSpan.FromMinutes(3);

    /// <summary>Polls the report until it is CONSISTENT; it must never be INCONSISTENT on the way.</summary>
    public static Task<JsonElement> Consistent(Func<Task<JsonElement>> report, string circumstances) => Eventually.Yields(report, seen =>
    {
        var verdict = seen.GetProperty("verdict").GetString();
        if (verdict == "INCONSISTENT")
            Assert.Fail($"{circumstances}: {seen}");
        return verdict == "CONSISTENT";
    }, Recovery, $"{circumstances}: the report is CONSISTENT");

    /// <summary>Runs it; whatever goes wrong becomes an outcome that says so. Throws only where a server is not installed.</summary>
    public async Task<IReadOnlyList<DrillOutcome>> Run(RabbitServer rabbit, DrillOptions options, Action<string> say)
    {
        await using var stage = new DrillContext(this, rabbit, options, say);
        try
        {
            await Act(stage);
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.SkipException)
        {
            stage.Add(new DrillOutcome(Name, Fault, options.Seed, null, 0, 0, null, [$"{exception.GetType().Name}: {exception.Message}"]));
        }
        if (stage.Outcomes.Count == 0)
            stage.Add(new DrillOutcome(Name, Fault, options.Seed, null, 0, 0, null, ["it compared nothing"]));
        return stage.Outcomes;
    }
}

/// <summary>How drills are run.</summary>
/// <param name="Seed">Of the load and of the moments at which faults happen.</param>
/// <param name="Rounds">How often a fault that is over in a moment is staged.</param>
/// <param name="Postgres">The ledger is on PostgreSQL wherever a drill does not say where it is.</param>
internal sealed record DrillOptions(int Seed, int Rounds, bool Postgres = false)
{
    /// <summary>The usual number of rounds: 2, or 20 when long.</summary>
    public static int UsualRounds => Drill.Long ? 20 : 2;
}
