using Microsoft.Data.Sqlite;
using RedPacket.LoadTest.Runs;

namespace RedPacket.Tests.LoadTool;

/// <summary>Runs that need a demo of their own: because they ruin its ledger, or because the tool starts and stops it.</summary>
[Needs("servers")]
public sealed class OwnDemoTests
{
    [Fact]
    public async Task LedgerThatSaysOtherwise_FailsWhateverTheSpeed()
    {
        using var folder = new Folder("loadtool-damaged");
        using var demo = ServiceProcess.Demo(folder);
        await demo.Start();
        var ledger = $"Data Source={folder.File("data/ledger.db")}";
        await Eventually.Holds(() => File.Exists(folder.File("data/ledger.db")));
        // One row of each packet is booked with a fen more than its user was told.
        Execute(ledger, "CREATE TRIGGER damage AFTER INSERT ON transfers WHEN NEW.kind = 2 AND NEW.ordinal = 1 BEGIN UPDATE transfers SET amount_fen = amount_fen + 1 WHERE id = NEW.id; END");
        using var tool = await LoadTool.Run(ExitCode.Threshold,
            LoadTool.Small("--url", demo.Address.AbsoluteUri, "--ledger", ledger, "--packets", "3", "--threshold", "p99<1m", "--drain-limit", "3s"));

        var money = tool.Document.Money!;
        Assert.Equal((3L, 0L, 0L), (money.Lost, money.Duplicated, money.Unexpected));
        Assert.Equal(money.Won - 3, money.Kept);
        Assert.Contains("✗ money==balanced", tool.Output, StringComparison.Ordinal);
        Assert.Contains("the money does not balance", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_SumsUpAndStopsWhatItStarted()
    {
        using var tool = LoadTool.Start(LoadTool.Small("--duration", "60s"));
        await tool.Says("grab    ");
        var demo = Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Where(folder => IsDemoOf(folder, tool.Id)).ToArray();
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
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == $"{parent}" && File.ReadAllText(Path.Combine(process, "cmdline")).Contains("RedPacket.Demo.dll", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It ended between the list and the look.
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
