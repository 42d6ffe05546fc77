namespace RedPacket.Tests.Operations;

/// <summary>The other process gets the path and the query as the caller wrote them.</summary>
public sealed class ForwardedAddressTests
{
    [Theory]
    [InlineData("", "/api/v1/wallets/a%2Fb/transfers?after=3")]
    [InlineData("", "/api/v1/wallets/a%40b")]
    [InlineData("/pay/red", "/api/v1/wallets/a%2Fb")]
    public async Task Address_ArrivesAsItWasWritten(string pathBase, string address)
    {
        await using var peer = await PeerStub.Start();
        await using var process = await SplitProcess.Start(
            "grab", $"--Forward:Reconcile={peer.Address}", $"--Http:PathBase={pathBase}");

        await process.Get($"{pathBase}{address}");

        Assert.Equal(address, peer.LastTarget);
    }
}
