using System.Diagnostics;
using RedPacket.Servers;

namespace RedPacket.Tests.Operations;

/// <summary>The alert rules, run by Prometheus's own tool over made-up series.</summary>
[Needs("servers")]
public sealed class AlertRuleTests
{
    private const string Promtool = "/usr/bin/promtool";

    [Theory]
    [InlineData("check", "rules", "alerts.yml")]
    [InlineData("test", "rules", "alerts.tests.yml")]
    public async Task Rules_AreValid_AndFireWithTheirCauseOnly(params string[] arguments)
    {
        Installed.Require(Promtool);
        using var tool = Process.Start(new ProcessStartInfo(Promtool, arguments)
        {
            WorkingDirectory = SourceTree.At("src/Monitoring"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = await tool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await tool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tool.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(tool.ExitCode == 0, output + errors);
    }
}
