using Microsoft.Data.Sqlite;
using RedPacket.LoadTest.Runs;

namespace RedPacket.Tests.LoadTool;

/// <summary>
/// Runs with a private demo, because they damage its ledger, or because the tool starts and stops it.
/// </summary>
[Needs("servers")]
public sealed class OwnDemoTests
{
    [Fact]
    public async Task LedgerWithOtherAmounts_FailsTheRun()
    {
        using var folder = new Folder("loadtool-damaged");
        using var demo = ServiceProcess.Demo(folder);
        await demo.Start();
        var ledger = $"Data Source={folder.File("data/ledger.db")}";
        await Eventually.Holds(() => File.Exists(folder.File("data/ledger.db")));
        // One row of each packet has one fen more than the user's answer.
        Execute(ledger, """
            CREATE TRIGGER damage AFTER INSERT ON transfers WHEN NEW.kind = 2 AND NEW.ordinal = 1
            BEGIN UPDATE transfers SET amount_fen = amount_fen + 1 WHERE id = NEW.id; END
            """);
        string[] limits = ["--packets", "3", "--threshold", "p99<1m", "--drain-limit", "3s"];
        using var tool = await LoadTool.Run(
            ExitCode.Threshold, LoadTool.Small(["--url", demo.Address.AbsoluteUri, "--ledger", ledger, .. limits]));

        var money = tool.Document.Money!;
        Assert.Equal((3L, 0L, 0L), (money.Lost, money.Duplicated, money.Unexpected));
        Assert.Equal(money.Won - 3, money.Kept);
        Assert.Contains("✗ money==balanced", tool.Output, StringComparison.Ordinal);
        Assert.Contains("the money does not balance", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InterruptedRun_WritesItsSummaryAndStopsTheDemo()
    {
        using var tool = LoadTool.Start(LoadTool.Small("--duration", "60s"));
        await tool.Prints("grab    ");
        var processes = Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _));
        var demo = processes.Where(folder => IsDemoOf(folder, tool.Id)).ToArray();
        Assert.True(demo.Length == 1, $"{demo.Length} demos");
        tool.Interrupt();
        await tool.Ends(ExitCode.Interrupted);

        var document = tool.Document;
        Assert.True(document is { Interrupted: true, IsBalanced: true, Money.Won: > 0 }, tool.Output);
        Assert.True(document.Workload.DurationS < 60);
        Assert.Contains("INTERRUPTED", tool.Output, StringComparison.Ordinal);
        await Eventually.Holds(() => !Directory.Exists(demo[0]));
    }

    private static bool IsDemoOf(string process, int parent)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(process, "stat"));
            var isChild = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == $"{parent}";
            var command = File.ReadAllText(Path.Combine(process, "cmdline"));
            return isChild && command.Contains("RedPacket.Demo.dll", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The process ended after the folder was listed.
            return false;
        }
    }

    private static void Execute(string ledger, string sql)
    {
        using var connection = new SqliteConnection($"{ledger};Mode=ReadWrite;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
