using Microsoft.Extensions.Logging;
using RedPacket.Hosting;
using RedPacket.Tests.Outbox;

namespace RedPacket.Tests.Hosting;

/// <summary>What libraries log with a stack trace that helps nobody.</summary>
public sealed class BriefConsoleTests
{
    [Fact]
    public void Warning_HasTheInnermostReasonInOneLine_AndAnErrorKeepsItsStack()
    {
        using var lines = new LogLines();
        var console = new BriefConsole.Brief(lines.CreateLogger("MassTransit"));
        var refused = new InvalidOperationException("outer", new IOException("connection refused"));

        console.Log(LogLevel.Warning, 1, "failed", refused, (said, _) => said);
        console.Log(LogLevel.Error, 2, "faulted", refused, (said, _) => said);

        var text = lines.Text.Split('\n', 2);
        Assert.Equal("1 failed: connection refused ", text[0]);
        Assert.Contains("InvalidOperationException: outer", text[1], StringComparison.Ordinal);
    }

    [Fact]
    public void FailedStart_IsLeftToTheProgram()
    {
        using var lines = new LogLines();
        var console = new BriefConsole.Brief(lines.CreateLogger("Microsoft.Extensions.Hosting.Internal.Host"));

        console.Log(LogLevel.Error, new EventId(11, "HostedServiceStartupFaulted"), "failed", new IOException("busy"), (said, _) => said);

        Assert.Equal("", lines.Text);
    }
}
