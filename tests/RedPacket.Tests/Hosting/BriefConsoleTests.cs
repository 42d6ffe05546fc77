using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Tests.Outbox;

namespace RedPacket.Tests.Hosting;

/// <summary>Logs of libraries whose stack traces help nobody.</summary>
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

    [Fact]
    public async Task WithoutAFormatter_AnEventIsOneLineWithItsTime()
    {
        var line = await Logged();

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{3}Z info: RedPacket[.]Tests\[7\] Packet p1 expired\r?\n$", line);
    }

    [Fact]
    public async Task JsonFormatter_AnEventIsAnObjectWithItsFields()
    {
        var line = await Logged("--Logging:Console:FormatterName=json", "--Logging:Console:FormatterOptions:TimestampFormat=yyyy");

        var entry = JsonDocument.Parse(Assert.Single(line.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement;
        Assert.Equal("Packet p1 expired", entry.GetProperty("Message").GetString());
        Assert.Equal("p1", entry.GetProperty("State").GetProperty("Packet").GetString());
        Assert.Equal(7, entry.GetProperty("EventId").GetInt32());
        Assert.Equal(4, entry.GetProperty("Timestamp").GetString()!.Length);
    }

    [Fact]
    public async Task SystemdFormatter_AnEventBeginsWithItsLevel() =>
        Assert.Equal("<6>RedPacket.Tests[7] Packet p1 expired\n", await Logged("--Logging:Console:FormatterName=Systemd"));

    [Fact]
    public void UnknownFormatter_IsRefused() => Assert.Contains(
        "Logging:Console:FormatterName takes simple, json, systemd; it was 'jsno'.",
        StartError.Remedy(Assert.ThrowsAny<Exception>(() => Built("--Logging:Console:FormatterName=jsno"))), StringComparison.Ordinal);

    // The lines that the console of a built service writes for one event. The provider sets options of its formatters
    // when it is made.
    private static async Task<string> Logged(params string[] settings)
    {
        await using var app = Built(settings);
        Assert.IsType<BriefConsole>(Assert.Single(app.Services.GetServices<ILoggerProvider>()));
        var name = app.Services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName ?? ConsoleFormatterNames.Simple;
        var formatter = app.Services.GetServices<ConsoleFormatter>()
            .Single(formatter => formatter.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        using var written = new StringWriter();
        KeyValuePair<string, object?>[] state = [new("Packet", "p1")];
        formatter.Write(
            new LogEntry<KeyValuePair<string, object?>[]>(
                LogLevel.Information, "RedPacket.Tests", 7, state, null, (fields, _) => $"Packet {fields[0].Value} expired"),
            null, written);
        return written.ToString();
    }

    private static WebApplication Built(params string[] settings) => RedPacketService.Build(
    [
        "--ConnectionStrings:Redis=127.0.0.1:1", "--ConnectionStrings:Ledger=Data Source=unused.db", "--Outbox:InMemory=true",
        $"--Jwt:SigningKeys:0={new string('k', 32)}", "--Logging:Console:FormatterOptions:ColorBehavior=Disabled", .. settings,
    ]);
}
