using System.Diagnostics;
using System.Text.RegularExpressions;
using RedPacket.Tests.Http;

namespace RedPacket.Tests.Operations;

/// <summary>
/// The compose file is one, and says what its comments promise. No engine is needed: the file is only read.
/// </summary>
[Needs("servers")]
public sealed partial class ComposeTests
{
    private const string Compose = "docker-compose";

    private static readonly string s_filePath = SourceTree.At("docker-compose.yml");

    private static readonly string[] s_secrets =
    [
        "REDPACKET_SIGNING_KEY", "REDPACKET_MESSAGE_KEY", "REDPACKET_SPLIT_KEY", "REDPACKET_REDIS_PASSWORD", "REDPACKET_RABBITMQ_PASSWORD",
    ];

    /// <summary>The oldest versions whose known holes are closed, or that are still mended.</summary>
    private static readonly (string Image, Version Floor)[] s_floors =
        [("redis", new(7, 4, 6)), ("rabbitmq", new(4, 2, 5)), ("postgres", new(16, 14))];

    private static (string, string)[] AllSecrets => [.. s_secrets.Select(name => (name, EdgeApp.Key))];

    private static async Task<(int Exit, string Output, string Error)> Config(params (string Name, string Value)[] environment)
    {
        Installed.Require(Compose);
        var start = new ProcessStartInfo(Compose, ["-f", s_filePath, "config"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var secret in s_secrets)
            start.Environment.Remove(secret);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    [Fact]
    public async Task File_IsAcceptedByCompose()
    {
        var (exit, output, error) = await Config(AllSecrets);
        Assert.True(exit == 0, error);
        foreach (var service in (string[])["redis", "rabbitmq", "grab1", "grab2", "relay", "settle", "reconcile", "subscribers"])
            Assert.Contains($"\n  {service}:\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("REDPACKET_SIGNING_KEY")]
    [InlineData("REDPACKET_MESSAGE_KEY")]
    [InlineData("REDPACKET_REDIS_PASSWORD")]
    [InlineData("REDPACKET_RABBITMQ_PASSWORD")]
    public async Task SecretMissing_IsReportedBeforeAnythingStarts(string name)
    {
        var (exit, _, error) = await Config([.. AllSecrets.Where(secret => secret.Item1 != name)]);
        Assert.NotEqual(0, exit);
        Assert.Contains(name, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyOfMessages_IsOnlyWhereTheyAreSentAndSettled()
    {
        var (_, output, _) = await Config(AllSecrets);
        var services = Service().Matches(output).Where(found => found.Value.Contains("Outbox__SigningKeys__0", StringComparison.Ordinal));
        Assert.Equal(["relay", "settle"], services.Select(found => found.Groups["name"].Value).Order());
    }

    [Fact]
    public async Task KeysOfTokensAndSplits_AreOnlyWhereCallersAre()
    {
        var (_, output, _) = await Config(AllSecrets);
        var services = Service().Matches(output).ToDictionary(found => found.Groups["name"].Value, found => found.Value);
        string[] Holders(string key) =>
            [.. services.Where(service => service.Value.Contains(key, StringComparison.Ordinal)).Select(service => service.Key).Order()];
        Assert.Equal(["grab1", "grab2", "reconcile", "subscribers"], Holders("Jwt__SigningKeys__0"));
        Assert.Equal(["grab1", "grab2", "reconcile"], Holders("Packets__SplitKeys__0"));
    }

    [Fact]
    public async Task OneService_BuildsTheImageForAll_AndServesEverything()
    {
        var (exit, output, error) = await Config(AllSecrets);
        Assert.True(exit == 0, error);
        var services = Service().Matches(output).ToDictionary(found => found.Groups["name"].Value, found => found.Value);
        var programs = services.Where(service => service.Value.Contains("image: redpacket:", StringComparison.Ordinal)).ToArray();
        Assert.Equal(5, programs.Length);
        // Two services that build one image build it side by side, and the second fails.
        Assert.Equal("grab1", Assert.Single(programs, service => service.Value.Contains("build:", StringComparison.Ordinal)).Key);
        Assert.All(programs, service => Assert.Equal(
            service.Key != "grab1", service.Value.Contains("pull_policy: never", StringComparison.Ordinal)));
        Assert.Contains("127.0.0.1:5080:8080", services["grab1"], StringComparison.Ordinal);
        Assert.All(programs, service =>
            Assert.Contains("Forward__Reconcile: http://reconcile:8080", service.Value, StringComparison.Ordinal));
        Assert.All(programs, service =>
            Assert.Contains("Forward__Subscribers: http://subscribers:8080", service.Value, StringComparison.Ordinal));
        Assert.DoesNotContain("\nversion:", File.ReadAllText(s_filePath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribers_KnowTheServiceAndItsBroker_ButNotItsRedisOrItsLedger()
    {
        var (_, output, _) = await Config(AllSecrets);
        var subscribers = Service().Matches(output).Single(found => found.Groups["name"].Value == "subscribers").Value;
        Assert.Contains("target: subscribers", subscribers, StringComparison.Ordinal);
        Assert.Contains("Subscribers__ServiceUrl: http://reconcile:8080", subscribers, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__RabbitMq", subscribers, StringComparison.Ordinal);
        Assert.DoesNotContain("ConnectionStrings__Redis", subscribers, StringComparison.Ordinal);
        Assert.DoesNotContain("ConnectionStrings__Ledger", subscribers, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_ArePinnedAndPortsStayOnThisMachine()
    {
        var text = File.ReadAllText(s_filePath);
        Assert.All(Image().Matches(text), image => Assert.Matches(@":\d+\.\d+[\w.-]*$", image.Groups["image"].Value));
        foreach (var (image, floor) in s_floors)
        {
            var images = Image().Matches(text).Select(found => found.Groups["image"].Value.Split(':', '-'));
            var version = images.Single(parts => parts[0] == image)[1];
            Assert.True(Version.Parse(version) >= floor, $"{image} {version} is older than {floor}");
        }
        Assert.NotEmpty(Port().Matches(text));
        Assert.All(Port().Matches(text), port => Assert.StartsWith("127.0.0.1:", port.Groups["port"].Value, StringComparison.Ordinal));
        foreach (var promise in (string[])["--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction"])
            Assert.Contains(promise, text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^  (?<name>\w+):\n(?:    .*\n)+", RegexOptions.Multiline)]
    private static partial Regex Service();

    [GeneratedRegex(@"^\s+image: (?<image>(?!redpacket)\S+)$", RegexOptions.Multiline)]
    private static partial Regex Image();

    [GeneratedRegex(@"^\s+- ""(?<port>[\d.:]*:\d+)""$", RegexOptions.Multiline)]
    private static partial Regex Port();
}
