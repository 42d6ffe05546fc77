using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using RedPacket.Hosting;
using RedPacket.Ledger;

namespace RedPacket.Tests.Hosting;

/// <summary>
/// All settings of the service with values of every wrong kind. The service is put together and not started. Each
/// setting either takes the value, or has one line that names it.
/// </summary>
public sealed class SettingsFuzzTests
{
    /// <summary>A part of each value that a secret setting gets.</summary>
    private const string Hush = "hush";

    private const int LongestLine = 400;

    private static readonly string[] s_right =
    [
        "--urls=http://127.0.0.1:0", "--ConnectionStrings:Redis=127.0.0.1:1,connectTimeout=1",
        "--ConnectionStrings:Ledger=Data Source=unused.db", "--Outbox:InMemory=true", $"--Jwt:SigningKeys:0={new string('k', 32)}",
    ];

    private static readonly string[] s_values =
    [
        // Nothing, and only spaces.
        "", "   ", "\t",
        // A unit, or none where one is needed.
        "10s", "5 min", "24:00:00", "60", "1.5h", "10 %",
        // Another type.
        "maybe", "true", "0x10", "1,5", "1.5", "NaN", "２", "[]", "{\"a\":1}", "http://",
        "a=b", ";;", ",", "%", "🧧", "../..", "\"", "'",
        // Too large or too small.
        "999999999999999999999999999999", "9223372036854775807", "2147483648", "10675199.02:48:05.4775807", "1e9", new('9', 5000),
        "-1", "-0.5", "-00:00:01", "-9223372036854775809", "0",
    ];

    // These can hold a password.
    private static readonly string[] s_secrets =
        ["ConnectionStrings:", "Jwt:SigningKeys", "Packets:SplitKeys", "Forward:", "Jwt:Authority"];

    private static readonly string[] s_secretValues =
    [
        Hush, $"x={Hush}", $"{Hush},{Hush}", $"host,password={Hush}a,{Hush}=c", $"host,password={Hush},{Hush}", $"host:{Hush}",
        $"host:6379,{Hush}", $"host,ssl={Hush}", $"host,password=a;{Hush}=1", $"redis://:{Hush}@", $"redis://:{Hush}@host:{Hush}",
        $"redis://:{Hush}@host/{Hush}", $"redis://:a#{Hush}@host", $"amqp:{Hush}", $"amqp://u:{Hush}@", $"amqp://u:{Hush}/x@host",
        $"amqp://u:{Hush}@host:{Hush}", $"http://u:{Hush}@host/{Hush}", $"https://u:{Hush}@host:99999",
        $"Host=h;Password={Hush};Nonsense=1",
        $"Host=h;Password=a;{Hush}=1", $"Host=h;Port={Hush}", $"Data Source=x;Password={Hush};Nonsense=1", $"Data Source=x;{Hush}=1",
        $"Data Source=x;Mode={Hush}", $"text:{Hush}", $"'{Hush}",
    ];

    private static readonly string[] s_names =
    [
        .. SettingNames.Of(typeof(Setting).Assembly).Select(setting => setting.Key),
        "urls", "http_ports", "https_ports", ProgramArguments.ManagementUrls, "AllowedHosts", "Logging:Console:FormatterName",
        "Logging:LogLevel:RedPacket",
    ];

    public static TheoryData<string> Values => [.. s_values];

    public static TheoryData<string> SecretValues => [.. s_secretValues];

    [Theory]
    [MemberData(nameof(Values))]
    public async Task AnyValue_IsAcceptedOrRefusedInOneLine(string value)
    {
        var parts = value.Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries).Length;
        var names = s_names;
        // Without the settings that refuse the value, the service can start. A wrong limit may hide what it limits.
        while (await Lines(names, value) is { Length: > 0 } lines)
        {
            Assert.All(lines, line => Assert.True(names.Any(name => Names(line, name)), $"names no setting: {line}"));
            Assert.All(lines, line => Assert.True(line.Length <= LongestLine, $"is long: {line}"));
            Assert.Equal(lines.Length, lines.Distinct().Count());
            Assert.All(names, name => Assert.InRange(
                lines.Count(line => line.StartsWith($"{name} ", StringComparison.Ordinal)), 0, Math.Max(1, parts)));
            names = [.. names.Where(name => !lines.Any(line => Names(line, name)))];
        }
    }

    [Theory]
    [MemberData(nameof(SecretValues))]
    public async Task WrongSecret_IsNotQuoted(string value)
    {
        var lines = await Lines(s_names.Where(name => s_secrets.Any(name.StartsWith)), value);

        Assert.NotEmpty(lines);
        Assert.DoesNotContain(lines, line => line.Contains(Hush, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("Jwt:SigningKeys")]
    [InlineData("Packets:SplitKeys")]
    public async Task ListWithoutNumbers_IsRefused_AndNotQuoted(string name)
    {
        Assert.Equal([$"{name} takes numbered values: the first is {name}:0."], await Lines([name], new string('s', 40)));
        Assert.Empty(await Lines([name], ""));
    }

    // A setting is named as a whole word.
    private static bool Names(string line, string name) =>
        Regex.IsMatch(line, $@"(?<![\w:-]){Regex.Escape(name)}(?![\w:])");

    // The text on standard error; empty when the service can start.
    private static async Task<string[]> Lines(IEnumerable<string> names, string value)
    {
        try
        {
            await using var app = RedPacketService.Build([.. s_right, .. names.Select(name => $"--{name}={value}")]);
            // These read their settings when they are made, and reach for no server before the start.
            Assert.NotNull(app.Services.GetRequiredService<IServer>());
            await using var ledger = await app.Services.GetRequiredService<IDbContextFactory<LedgerDbContext>>().CreateDbContextAsync();
            return [];
        }
        catch (Exception exception) when (StartError.Remedy(exception) is { } remedy)
        {
            return remedy.Split(Environment.NewLine);
        }
    }
}
