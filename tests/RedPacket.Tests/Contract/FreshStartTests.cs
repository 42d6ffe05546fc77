namespace RedPacket.Tests.Contract;

/// <summary>The first thing that anybody sees of the service.</summary>
[Needs("servers")]
public sealed class FreshStartTests
{
    // On a machine that starves for seconds, a warning that Redis is late is true. A warning of our own making comes at each start.
    [Fact]
    public async Task DemoInAnEmptyFolder_StartsWithoutWarnings()
    {
        List<string> warnings = [];
        for (var start = 1; start <= 5; start++)
        {
            await using var demo = new DemoProcess();
            await demo.InitializeAsync();
            await Eventually.Holds(() => demo.Output.Contains("Gate of shard 0 opened", StringComparison.Ordinal));
            var found = demo.Output.Split('\n').Where(line => line.StartsWith("warn:", StringComparison.Ordinal) || line.StartsWith("fail:", StringComparison.Ordinal)).ToList();
            if (found.Count == 0)
                return;
            warnings.AddRange(found);
        }
        Assert.Fail(string.Join('\n', warnings));
    }
}
