using System.Diagnostics;
using System.Text.RegularExpressions;
using RedPacket.Tests.Http;

namespace RedPacket.Tests.Operations;

/// <summary>The compose file is one, and says what its comments promise. No engine is needed: the file is only read.</summary>
[Needs("servers")]
public sealed partial class ComposeTests
{
    private const string Compose = "docker-compose";

    private static readonly string s_filePath = SourceTree.At("docker-compose.yml");

    private static async Task<(int Exit, string Output, string Error)> Config(params (string Name, string Value)[] environment)
    {
        Installed.Require(Compose);
        var start = new ProcessStartInfo(Compose, ["-f", s_filePath, "config"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("REDPACKET_SIGNING_KEY");
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
        var (exit, output, error) = await Config(("REDPACKET_SIGNING_KEY", EdgeApp.Key));
        Assert.True(exit == 0, error);
        foreach (var service in (string[])["redis", "rabbitmq", "grab1", "grab2", "relay", "settle", "reconcile"])
            Assert.Contains($"\n  {service}:\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SigningKeyMissing_IsReportedBeforeAnythingStarts()
    {
        var (exit, _, error) = await Config();
        Assert.NotEqual(0, exit);
        Assert.Contains("REDPACKET_SIGNING_KEY", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneService_BuildsTheImageForAll_AndServesEverything()
    {
        var (exit, output, error) = await Config(("REDPACKET_SIGNING_KEY", EdgeApp.Key));
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
        Assert.DoesNotContain("\nversion:", File.ReadAllText(s_filePath), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_ArePinnedAndPortsStayOnThisMachine()
    {
        var text = File.ReadAllText(s_filePath);
        Assert.All(Image().Matches(text), image => Assert.Matches(@":\d+\.\d+[\w.-]*$", image.Groups["image"].Value));
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
