using System.Text.Json;

namespace RedPacket.Drills;

/// <summary>A fault staged on real processes under load, and what must hold after it.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Fault">The action of the drill, in words.</param>
/// <param name="Promise">The promise under test, with the numbers of the promises in src/README.md.</param>
/// <param name="Act">Stages the fault. Each comparison adds one outcome to the context.</param>
/// <param name="SqliteOnly">The drill changes the ledger's file.</param>
internal sealed record Drill(string Name, string Fault, string Promise, Func<DrillContext, Task> Act,
    bool SqliteOnly = false)
{
    /// <summary>Set by <c>tests/run.sh --long</c> and by the runner's <c>--long</c>.</summary>
    public static bool Long { get; set; } = Environment.GetEnvironmentVariable("LONG_DRILLS") == "1";

    /// <summary>How long a server is away.</summary>
    public static TimeSpan Outage => TimeSpan.FromSeconds(Long ? 30 : 4);

    /// <summary>Load before the first fault, between faults, and after the last.</summary>
    public static TimeSpan Calm => TimeSpan.FromSeconds(Long ? 5 : 1);

    /// <summary>Everything must be in the ledger within this time after the last fault.</summary>
    public static TimeSpan Recovery => TimeSpan.FromMinutes(3);

    /// <summary>
    /// A limit that a promise names. Only the long form applies it: the short form shares its machine with others.
    /// </summary>
    public static TimeSpan Within(TimeSpan promised) => Long ? promised : Recovery;

    /// <summary>Polls the report until it is CONSISTENT. Fails when it says INCONSISTENT.</summary>
    public static Task<JsonElement> Consistent(Func<Task<JsonElement>> report, string circumstances) => Eventually.Yields(report, seen =>
    {
        var verdict = seen.GetProperty("verdict").GetString();
        if (verdict == "INCONSISTENT")
            Assert.Fail($"{circumstances}: {seen}");
        return verdict == "CONSISTENT";
    }, Recovery, $"{circumstances}: the report is CONSISTENT");

    /// <summary>
    /// Runs the drill. Any failure becomes an outcome. It throws only when a server is not installed.
    /// </summary>
    public async Task<IReadOnlyList<DrillOutcome>> Run(RabbitServer rabbit, DrillOptions options, Action<string> say)
    {
        await using var context = new DrillContext(this, rabbit, options, say);
        try
        {
            await Act(context);
        }
        catch (Exception exception) when (exception is not ServerMissingException)
        {
            context.Add(Failed(options, $"{exception.GetType().Name}: {exception.Message}"));
            say($"the processes said:\n{context.Warnings}");
        }
        if (context.Outcomes.Count == 0)
            context.Add(Failed(options, "the drill compared nothing"));
        return context.Outcomes;
    }

    /// <summary>The outcome of a drill that came to no comparison.</summary>
    public DrillOutcome Failed(DrillOptions options, string failure) =>
        new(Name, Fault, options.Seed, null, 0, 0, null, [failure]);
}

/// <summary>How drills run.</summary>
/// <param name="Seed">Chooses the load and the moments of the faults.</param>
/// <param name="Rounds">How often a drill stages a fault that lasts only a moment.</param>
/// <param name="Postgres">The ledger is on PostgreSQL unless a drill chooses its own.</param>
internal sealed record DrillOptions(int Seed, int Rounds, bool Postgres = false)
{
    /// <summary>The usual number of rounds: 2, or 20 in the long form.</summary>
    public static int UsualRounds => Drill.Long ? 20 : 2;
}
