using RedPacket.Drills.Faults;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Drills;

/// <summary>
/// The drills in their short form: whatever is staged, the client, Redis, the outbox and the ledger agree in the end. All of them take half an hour on two
/// cores, so each day has its turn of them, and its ledger for each; <c>--long</c> has all, on both.
/// </summary>
[Collection(DrillTests.Name)]
[Needs("drill")]
public sealed class RegistryTests(RabbitFixture rabbit)
{
    private const int Turns = 24;
    private static readonly int s_day = TimeProvider.System.GetUtcNow().DayOfYear;

    /// <summary>Drills by name, and whether the ledger is on PostgreSQL; the crash points one by one.</summary>
    public static TheoryData<string, bool> Names
    {
        get
        {
            var names = new TheoryData<string, bool>();
            foreach (var (place, drill) in Registry.All.Where(drill => drill.Name != CrashPointDrill.Drill.Name).Index().Where(each => IsTurnOf(each.Index)))
            {
                var onPostgres = !drill.SqliteOnly && (place + s_day) % 2 == 0;
                names.Add(drill.Name, onPostgres);
                if (Drill.Long && !drill.SqliteOnly)
                    names.Add(drill.Name, !onPostgres);
            }
            return names;
        }
    }

    public static TheoryData<string> Points => [.. CrashPointDrill.Points.Index().Where(each => IsTurnOf(each.Index)).Select(each => each.Item)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Drill_LosesNothing(string name, bool onPostgres) => Passes(Registry.All.Single(drill => drill.Name == name), onPostgres);

    [Theory]
    [MemberData(nameof(Points))]
    public Task DeathAtCrashPoint_LosesNothing(string point) => Passes(CrashPointDrill.At(point), onPostgres: false);

    private static bool IsTurnOf(int place) => Drill.Long || place % Turns == s_day % Turns;

    private async Task Passes(Drill drill, bool onPostgres)
    {
        var progress = new List<string>();
        var options = new DrillOptions(Environment.TickCount & 0xFFFFFF, Drill.Long ? DrillOptions.UsualRounds : 1, onPostgres);

        var outcomes = await drill.Run(rabbit, options, progress.Add);

        Assert.All(outcomes, outcome => Assert.True(outcome.Passed, $"{drill.Name}, seed {options.Seed}\n{Table.Verdict(outcome)}\n{string.Join('\n', progress)}"));
    }
}
