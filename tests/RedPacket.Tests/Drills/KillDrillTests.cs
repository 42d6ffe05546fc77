using RedPacket.Drills.Faults;
using RedPacket.Tests.Contract;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Drills;

/// <summary>
/// Promises 1 and 4 on the demo with its embedded parts: each grab answered "won" is in the ledger once,
/// although all processes were killed.
/// </summary>
[Collection(RabbitTests.Name)]
[Needs("drill")]
public sealed class KillDrillTests(RabbitFixture rabbit)
{
    [Fact]
    public async Task WholeDemoKilledUnderLoad_EverythingWonIsInTheLedgerOnce()
    {
        var options = new DrillOptions(Random.Shared.Next(0x1000000), Rounds: 3);
        using var folder = new Folder("kill-drill");
        using var demo = ServiceProcess.Demo(folder);
        await demo.Start();
        using var api = new ApiClient(demo.Address);
        using var client = new LoadClient(
            [demo.Address], LoadPlan.Moderate(options.Seed),
            (request, user) => request.Headers.Add("X-User-Id", user));
        await using var context = new DrillContext(KillDrills.All[0], rabbit, options, _ => { });

        await context.Load(client, async () =>
        {
            for (var kill = 1; kill <= context.Rounds; kill++)
            {
                await demo.Kill();
                await demo.Start();
                await context.PauseUpTo(Drill.Calm * 2);
            }
        });
        await context.AskAgain(client);

        var circumstances = $"three kills, seed {options.Seed}, {client.Record.Answered} answers, {client.Record.Unknown} unanswered";
        Assert.True(client.Record.Unknown > 0, circumstances);
        await Drill.Consistent(() => api.Report(), circumstances);
        await demo.Stop();
        var views = ShareComparison.Of(client.Record, null, 0, DirectReaders.LedgerShares($"Data Source={folder.File("data/ledger.db")}"));
        Assert.True(views is { IsClean: true, Kept: > 100 }, $"{circumstances}\n{string.Join('\n', views.Evidence.Take(20))}");
    }
}
