namespace RedPacket.Tests.Contract;

/// <summary>The first thing that anybody sees of the service.</summary>
public sealed class FreshStartTests(DemoProcess demo) : IClassFixture<DemoProcess>
{
    [Fact]
    public async Task DemoInAnEmptyFolder_StartsWithoutAWarning()
    {
        await Eventually.Holds(() => demo.Output.Contains("Gate of shard 0 opened", StringComparison.Ordinal));

        Assert.DoesNotContain(demo.Output.Split('\n'), line => line.StartsWith("warn:", StringComparison.Ordinal) || line.StartsWith("fail:", StringComparison.Ordinal));
    }
}
