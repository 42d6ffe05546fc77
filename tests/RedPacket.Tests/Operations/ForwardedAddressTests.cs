using System.Net;

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

    // The client's library would make slashes of them, and lead the call out of the path.
    [Fact]
    public async Task AddressWithBackslashes_IsNotForwarded()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await SplitProcess.Start("grab", $"--Forward:Reconcile={peer.Address}");
        var address = new Uri(
            $@"{process.Client.BaseAddress}api/v1/wallets/x\..\..\..\..\health/ready",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

        using var answer = await process.Client.GetAsync(address, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.NotFound, ""), (answer.StatusCode, peer.LastTarget));
    }

    // The proxy has taken this path away, so the address does not begin with it, though it may look so.
    [Fact]
    public async Task PathOfAProxy_IsNoPartOfTheAddress()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await SplitProcess.Start(
            "grab", $"--Forward:Reconcile={peer.Address}", "--Http:KnownProxies=127.0.0.1");

        await process.Get("/api/v1/wallets/a%2Fb", ("X-Forwarded-Prefix", "/a"));

        Assert.Equal("/api/v1/wallets/a%2Fb", peer.LastTarget);
    }
}
