using System.Text.RegularExpressions;

namespace RedPacket.Tests.Contract;

/// <summary>The first output that a new user sees.</summary>
[Needs("servers")]
public sealed partial class FreshStartTests
{
    // A starved machine may warn truthfully that Redis is late. A warning that the demo causes appears at every start.
    [Fact]
    public async Task DemoInAnEmptyFolder_StartsWithoutWarnings()
    {
        List<string> warnings = [];
        for (var start = 1; start <= 5; start++)
        {
            await using var demo = new DemoProcess();
            await demo.InitializeAsync();
            await Eventually.Holds(() => demo.Output.Contains("Gate of shard 0 opened", StringComparison.Ordinal));
            var found = demo.Output.Split('\n')
                .Where(line => AlarmingLine().IsMatch(line))
                .ToList();
            if (found.Count == 0)
                return;
            warnings.AddRange(found);
        }
        Assert.Fail(string.Join('\n', warnings));
    }

    [Fact]
    public async Task EmptyVariables_CountAsAbsent()
    {
        using var folder = new Folder("empty");
        using var demo = ServiceProcess.Demo(folder, new Dictionary<string, string>
        {
            ["ConnectionStrings:Redis"] = "",
            ["ConnectionStrings:RabbitMq"] = "",
            ["ConnectionStrings:Ledger"] = " ",
        });

        await demo.Start();

        // The ledger is in it: other users of the machine cannot read it.
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(folder.File("data")));
        }

        await Eventually.Holds(() => demo.Output.Contains("in memory: volatile", StringComparison.Ordinal));
        Assert.Contains("Garnet, embedded", demo.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("data/ledger.db")));
    }

    // A line begins with its time.
    [GeneratedRegex("^[0-9T:.Z-]+ (warn|fail|crit):")]
    private static partial Regex AlarmingLine();
}
