using RedPacket.Tests.Contract;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Drills;

/// <summary>Promise 1 and 4 on the demo: whatever was answered "won" is in the ledger once, though everything was killed in its midst.</summary>
[Collection(DrillTests.Name)]
public sealed class KillDrillTests
{
    [Fact]
    public async Task WholeDemoKilledFiveTimesUnderLoad_EverythingWonIsInTheLedgerOnce()
    {
        var seed = Environment.TickCount;
        using var folder = new Folder("kill-drill");
        using var demo = ServiceProcess.Demo(folder);
        await demo.Start();
        using var api = new Api(demo.Address);
        using var client = new LoadClient(demo.Address, LoadPlan.Moderate(seed), (request, user) => request.Headers.Add("X-User-Id", user));

        await Drill.Under(client, async () =>
        {
            for (var kill = 1; kill <= 5; kill++)
            {
                await demo.Kill();
                await demo.Start();
                await Eventually.Pause(Drill.Calm);
            }
        });

        var circumstances = $"five kills, seed {seed}, {client.Record.Answered} answers, {client.Record.Unknown} unanswered";
        Assert.True(client.Record.Unknown > 0, circumstances);
        var report = await Drill.Consistent(() => api.Report(), circumstances);
        await demo.Stop();
        Drill.Agree(client.Record, Witnesses.Ledger($"Data Source={LedgerFile(folder)}"), null, report, circumstances);
    }

    private static string LedgerFile(Folder folder) => Directory.EnumerateFiles(folder.File("data"), "*.db", SearchOption.AllDirectories).Single();
}
