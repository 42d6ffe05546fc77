using RedPacket.Drills.Faults;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Drills;

/// <summary>
/// The drills in their short form: whatever is staged, the client, Redis, the outbox and the ledger agree in the end. A
/// run plays the <see cref="DrillsPart"/>, and <c>--long</c> plays all, with the ledger on both databases.
/// </summary>
[Collection(DrillTests.Name)]
[Needs("drill")]
public sealed class RegistryTests(RabbitFixture rabbit)
{
    /// <summary>
    /// The play of this run: the name of a drill or of a crash point, and whether the ledger is on PostgreSQL.
    /// </summary>
    public static TheoryData<string, bool> Plays => [.. PlaysOf(DrillsPart.Current, Drill.Long)];

    [Theory]
    [MemberData(nameof(Plays))]
    public async Task Drill_LosesNothing(string name, bool onPostgres)
    {
        var drill = Assert.Single(Registry.Named([name]).Found!);
        var progress = new List<string>();
        var options = new DrillOptions(Random.Shared.Next(0x1000000), Drill.Long ? DrillOptions.UsualRounds : 1, onPostgres);

        var outcomes = await drill.Run(rabbit, options, progress.Add);

        Assert.All(outcomes, outcome => Assert.True(
            outcome.Passed, $"{name}, seed {options.Seed}\n{Table.Verdict(outcome)}\n{string.Join('\n', progress)}"));
    }

    /// <summary>
    /// A part plays some drills, with the ledger on one of the databases. The long form plays all, on both.
    /// </summary>
    internal static IEnumerable<(string Name, bool OnPostgres)> PlaysOf(DrillsPart part, bool isLong)
    {
        var drills = Registry.All.Where(drill => drill.Name != CrashPointDrill.Drill.Name).Select(drill => (drill.Name, drill.SqliteOnly));
        var points = CrashPointDrill.Points.Select(point => (point, CrashPointDrill.Drill.SqliteOnly));
        foreach (var (place, (name, sqliteOnly)) in drills.Concat(points).Index().Where(each => isLong || part.Has(each.Index)))
        {
            var onPostgres = !sqliteOnly && (place + part.Part) % 2 == 0;
            yield return (name, onPostgres);
            if (isLong && !sqliteOnly)
                yield return (name, !onPostgres);
        }
    }
}
