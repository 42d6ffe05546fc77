using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Tests.Hosting;

/// <summary>Every mistake in the settings is found before the start, in one go, and each is a line.</summary>
[Needs("servers")]
public sealed class SettingsTests
{
    private static readonly string[] s_right =
    [
        "--urls=http://127.0.0.1:0", "--ConnectionStrings:Redis=127.0.0.1:1,connectTimeout=100",
        "--ConnectionStrings:Ledger=Data Source=unused.db", "--Outbox:InMemory=true", $"--Jwt:SigningKeys:0={new string('k', 32)}",
    ];

    [Fact]
    public void NothingSet_NamesEachMissingSetting()
    {
        var lines = Mistakes("--Packets:Shards=1");

        Assert.Equal(4, lines.Length);
        string[] missing = ["ConnectionStrings:Redis", "ConnectionStrings:RabbitMq", "ConnectionStrings:Ledger", "Jwt:SigningKeys:0"];
        Assert.All(missing, name => Assert.Single(lines, line => line.Contains($"{name} ", StringComparison.Ordinal)));
    }

    [Fact]
    public void SeveralWrongSettings_AreOneLineEach()
    {
        var lines = Mistakes(
            [
                .. s_right, "--Packets:Shards=zero", "--Packets:MaxCount=0", "--Packets:Retain=00:00:00", "--Outbox:Lease=maybe",
                "--Outbox:Gather=1.00:00:00", "--RateLimit:PermitsPerSecond=-1", "--RedPacket:Roles=grub", "--urls=nonsense",
                "--http_ports=many", "--Jwt:SigningKeys:0=short", "--Jwt:SigningKeys:1=short", "--Packets:MaxCuont=5",
                "--ConnectionStrings:Redis=host:6379,pasword=hush", "--ConnectionStrings:RabbitMq=http://u:hush@host",
            ]);

        string[] expected =
        [
            "Packets:Shards takes a whole number; it was 'zero'.",
            "Packets:MaxCount takes 1 to 100000; it was 0.",
            "Packets:Retain must be at least 1 second; it was 00:00:00.",
            "Outbox:Lease takes true or false; it was 'maybe'.",
            "Outbox:Gather takes 00:00:00 to 00:00:10; it was 1.00:00:00.",
            "RateLimit:PermitsPerSecond takes 0 to 1000000; it was -1.",
            "RedPacket:Roles is 'grub'",
            "urls takes addresses such as http://localhost:5080, with semicolons; it was 'nonsense'.",
            "http_ports takes ports such as 5080, with semicolons; it was 'many'.",
            "Jwt:SigningKeys:0 is too short",
            "Jwt:SigningKeys:1 is too short",
            "unknown setting Packets:MaxCuont; did you mean Packets:MaxCount?",
            "ConnectionStrings:Redis cannot be read",
            "ConnectionStrings:RabbitMq does not have the form",
        ];
        Assert.All(expected, start => Assert.Single(lines, line => line.StartsWith(start, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, lines.Length);
        Assert.DoesNotContain(lines, line => line.Contains("hush", StringComparison.Ordinal));
    }

    [Fact]
    public void RabbitMqWithoutASigningKey_IsRefusedOutsideDevelopment()
    {
        string[] settings = [.. s_right.Where(setting => !setting.StartsWith("--Outbox:", StringComparison.Ordinal))];
        string[] onRabbit = [.. settings, "--ConnectionStrings:RabbitMq=amqp://u:p@host"];

        Assert.StartsWith("Anybody who may write to RabbitMQ", Assert.Single(Mistakes(onRabbit)), StringComparison.Ordinal);
        string[] tooShort = [.. onRabbit, "--Outbox:SigningKeys:0=short", "--environment=Development"];
        Assert.StartsWith("Outbox:SigningKeys:0 is too short", Assert.Single(Mistakes(tooShort)), StringComparison.Ordinal);
    }

    [Fact]
    public void HttpsWithoutACertificate_IsRefused() => Assert.StartsWith(
        "urls has the https address 'https://localhost:5443', and there is no certificate.",
        Assert.Single(Mistakes([.. s_right, "--urls=https://localhost:5443"])), StringComparison.Ordinal);

    [Fact]
    public void HttpsWithACertificate_IsAccepted() => Assert.StartsWith(
        "http_ports",
        Assert.Single(Mistakes(
            [.. s_right, "--urls=https://localhost:5443", "--Kestrel:Certificates:Default:Path=redpacket.pfx", "--http_ports=many"])),
        StringComparison.Ordinal);

    [Fact]
    public void CollectorWithoutAnAddress_IsRefused() => Assert.StartsWith(
        "OTEL_EXPORTER_OTLP_ENDPOINT takes an address",
        Assert.Single(Mistakes([.. s_right, "--OTEL_EXPORTER_OTLP_ENDPOINT=collector"])), StringComparison.Ordinal);

    [Theory]
    [InlineData("relay")]
    [InlineData("announce")]
    public void RoleThatPublishesWithoutBrokerAndSettlement_IsRefused(string role) => Assert.StartsWith(
        $"Without a broker the roles {role} and settle", Assert.Single(Mistakes([.. s_right, $"--RedPacket:Roles=grab,{role}"])),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("Packets:MaxCuont", "; did you mean Packets:MaxCount?")]
    [InlineData("PACKETS:SHARD", "; did you mean Packets:Shards?")]
    [InlineData("Packet:MaxCount", "; did you mean Packets:MaxCount?")]
    [InlineData("Jwt:SigningKey", "; did you mean Jwt:SigningKeys:0?")]
    [InlineData("Jwt:SigningKeys:first", "; did you mean Jwt:SigningKeys:0?")]
    [InlineData("AllowedHost", "; did you mean AllowedHosts?")]
    [InlineData("management_urls", "; did you mean management-urls?")]
    [InlineData("Ledger:ConnectionString", "")]
    [InlineData("Redis:TheAnswerToEverything", "")]
    public void UnknownName_IsRefusedWithTheNearest(string name, string question) =>
        Assert.Equal([$"unknown setting {name}{question}"], SettingNames.Unknown(Of(name)));

    [Theory]
    [InlineData("packets:maxcount")]
    [InlineData("Jwt:SigningKeys:3")]
    [InlineData("Logging:LogLevel:Default")]
    [InlineData("Kestrel:Endpoints:Http:Url")]
    [InlineData("Authentication:Schemes:Bearer:ValidIssuer")]
    [InlineData("AllowedHosts")]
    [InlineData("REDIS_PORT")]
    public void KnownNameOrSectionOfTheFramework_Passes(string name) => Assert.Empty(SettingNames.Unknown(Of(name)));

    [Fact]
    public void Help_ListsEverySettingWithItsDefault()
    {
        Assert.Contains("  Outbox:InMemory = false\n", SettingNames.Help, StringComparison.Ordinal);
        Assert.Contains("  Packets:Retain = 7.00:00:00\n", SettingNames.Help, StringComparison.Ordinal);
        Assert.Contains("  Jwt:SigningKeys:0\n", SettingNames.Help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_PrintsTheLinesAndNothingElse()
    {
        using var folder = new Folder("settings");

        var (code, output) = await ServerProcess.Run("dotnet",
            [ServiceProcess.Dll("RedPacket"), .. s_right, "--Packets:Shards=zero", "--Packets:MaxCuont=5"], folder.Root);

        Assert.Equal(2, code);
        Assert.Equal(
            ["Packets:Shards takes a whole number; it was 'zero'.", "unknown setting Packets:MaxCuont; did you mean Packets:MaxCount?"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Demo_RefusesItsOwnWrongSettingsTogether()
    {
        using var folder = new Folder("demo-settings");

        var (code, output) = await ServerProcess.Run("dotnet",
            [
                ServiceProcess.Dll("RedPacket.Demo"), "--urls=nonsense", "--Demo:OpenToNetwork=true", "--Demo:ClockOffset=soon",
                "--Demo:CrashAt=nowhere", "--Demo:Open=true",
            ], folder.Root);

        Assert.Equal(2, code);
        string[] named = ["urls takes", "Demo:ClockOffset takes", "Demo:CrashAt must be", "unknown setting Demo:Open"];
        Assert.All(named, start => Assert.Contains($"\n{start}", output, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    // A machine with many programs runs out of watches, and no setting is read again.
    [Fact]
    public async Task FilesOfSettings_AreNotWatched()
    {
        await using var app = RedPacketService.Build(s_right);

        var files = ((IConfigurationRoot)app.Configuration).Providers.OfType<FileConfigurationProvider>().ToList();

        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, file => file.Source.ReloadOnChange);
    }

    // A collector of metrics that nobody disposes follows all meters of the process, and keeps them for ever.
    [Fact]
    public void BuildThatFails_DisposesWhatItHasMade()
    {
        var isDisposed = false;

        Assert.ThrowsAny<Exception>(() => RedPacketService.Build([.. s_right, "--Packets:Shards=zero"], builder =>
            builder.Services.AddSingleton<IValidateOptions<PacketsOptions>>(_ => new Probe(() => isDisposed = true))));

        Assert.True(isDisposed);
    }

    private static string[] Mistakes(params string[] args)
    {
        var exception = Assert.ThrowsAny<Exception>(() => RedPacketService.Build(args));
        return StartError.Remedy(exception)!.Split('\n', StringSplitOptions.TrimEntries);
    }

    private static IConfiguration Of(string name) =>
        new ConfigurationBuilder().AddInMemoryCollection([new(name, "1")]).Build();

    private sealed class Probe(Action disposed) : IValidateOptions<PacketsOptions>, IDisposable
    {
        public ValidateOptionsResult Validate(string? name, PacketsOptions options) => ValidateOptionsResult.Skip;

        public void Dispose() => disposed();
    }
}
