using RedPacket.Drills.Faults;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Drills;

/// <summary>
/// The drills in their short form: whatever is staged, the client, Redis, the outbox and the ledger agree in the end. A run plays the
/// <see cref="DrillsPart"/>, and <c>--long</c> plays all, with the ledger on both databases.
/// </summary>
[Collection(DrillTests.Name)]
[Needs("drill")]
public sealed class RegistryTests(RabbitFixture rabbit)
{
    /// <summary>Drills by name, and whether the ledger is on PostgreSQL; the crash points one by one.</summary>
    public static TheoryData<string, bool> Names
    {
        get
        {
            var names = new TheoryData<string, bool>();
            var drills = Registry.All.Where(drill => drill.Name != CrashPointDrill.Drill.Name);
            foreach (var (place, drill) in drills.Index().Where(each => IsPlayed(each.Index)))
            {
                var onPostgres = !drill.SqliteOnly && (place + DrillsPart.Current.Part) % 2 == 0;
                names.Add(drill.Name, onPostgres);
                if (Drill.Long && !drill.SqliteOnly)
                    names.Add(drill.Name, !onPostgres);
            }
            return names;
        }
    }

    public static TheoryData<string> Points =>
        [.. CrashPointDrill.Points.Index().Where(each => IsPlayed(each.Index)).Select(each => each.Item)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Drill_LosesNothing(string name, bool onPostgres) => Passes(Registry.All.Single(drill => drill.Name == name), onPostgres);

    [Theory]
    [MemberData(nameof(Points))]
    public Task DeathAtCrashPoint_LosesNothing(string point) => Passes(CrashPointDrill.At(point), onPostgres: false);

    private static bool IsPlayed(int place) => Drill.Long || DrillsPart.Current.Has(place);

    private async Task Passes(Drill drill, bool onPostgres)
    {
        var progress = new List<string>();
        var options = new DrillOptions(Random.Shared.Next(0x1000000), Drill.Long ? DrillOptions.UsualRounds : 1, onPostgres);

        var outcomes = await drill.Run(rabbit, options, progress.Add);

        Assert.All(outcomes, outcome => Assert.True(
            outcome.Passed, $"{drill.Name}, seed {options.Seed}\n{Table.Verdict(outcome)}\n{string.Join('\n', progress)}"));
    }
}
