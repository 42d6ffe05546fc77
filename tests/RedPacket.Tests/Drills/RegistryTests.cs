using RedPacket.Drills.Faults;

namespace RedPacket.Tests.Drills;

/// <summary>Every drill in its short form: whatever is staged, the client, Redis, the outbox and the ledger agree in the end.</summary>
[Collection(DrillTests.Name)]
public sealed class RegistryTests(RabbitServer rabbit)
{
    /// <summary>All drills; the crash points one by one.</summary>
    public static TheoryData<string> Names => [.. Registry.All.Select(drill => drill.Name).Except([CrashPointDrill.Drill.Name])];

    public static TheoryData<string> Points => [.. CrashPointDrill.Points];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Drill_LosesNothing(string name) => Passes(Registry.All.Single(drill => drill.Name == name));

    [Theory]
    [MemberData(nameof(Points))]
    public Task DeathAtCrashPoint_LosesNothing(string point) => Passes(CrashPointDrill.At(point));

    private async Task Passes(Drill drill)
    {
        var progress = new List<string>();
        var options = new DrillOptions(Environment.TickCount & 0xFFFFFF, DrillOptions.UsualRounds);

        var outcomes = await drill.Run(rabbit, options, progress.Add);

        Assert.All(outcomes, outcome => Assert.True(outcome.Passed, $"{drill.Name}, seed {options.Seed}\n{Table.Verdict(outcome)}\n{string.Join('\n', progress)}"));
    }
}
