using System.Text.Json;
using RedPacket.Operations;
using RedPacket.Tests.Http;

namespace RedPacket.Tests.Operations;

/// <summary>Calls that no role has, where the settings name the program of the subscribers.</summary>
public sealed class SubscribersAddressTests
{
    [Fact]
    public async Task CallThatNoRoleHas_GoesToTheSubscribers()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await SplitProcess.Start("relay,settle", $"--Forward:Subscribers={peer.Address}");

        var answer = await process.Get("/api/v1/earnings?of=eve", ("Authorization", "Bearer abc"), ("Accept", "text/html"));

        Assert.Equal((200, "GET /api/v1/earnings?of=eve"), (answer.Status, answer.Body));
        Assert.Equal("Bearer abc", peer.Last.Headers["Authorization"]);
        var info = JsonDocument.Parse((await process.Get("/api/v1/info")).Body).RootElement;
        Assert.True(info.GetProperty("subscribers").GetBoolean());
        // What the service itself has, and what lies outside the API, stays here.
        Assert.Equal((405, "method_not_allowed"), Read(await process.Post("/api/v1/info", "{}")));
        Assert.Equal((404, "role_absent"), Read(await process.Get("/api/v1/wallets/eve")));
        Assert.Equal((404, "not_found"), Read(await process.Get("/api/v2/earnings")));
        Assert.Equal((404, "not_found"), Read(await process.Get("/api/v1/earnings", (RoleForwarder.Hop, "1"))));

        static (int, string?) Read(EdgeAnswer answer) => (answer.Status, answer.Code());
    }

    [Theory]
    [InlineData("grab", "/api/v1/packets/x/grab")]
    [InlineData("reconcile", "/API/v1/wallets/x/y")]
    public async Task MisspeltAddressOfARole_IsNotForwarded(string role, string path)
    {
        await using var peer = await PeerStub.Start();
        await using var process = await SplitProcess.Start(role, $"--Forward:Subscribers={peer.Address}");

        var answer = await process.Get(path);

        Assert.Equal((404, "not_found", ""), (answer.Status, answer.Code(), peer.LastTarget));
    }

    [Fact]
    public async Task SubscribersAway_Is503AndTheServiceServesTheRest()
    {
        await using var process = await SplitProcess.Start("relay,settle", $"--Forward:Subscribers=http://127.0.0.1:{Ports.Free()}");

        var answer = await process.Get("/api/v1/statistics");

        Assert.Equal((503, "role_unavailable", "1"), (answer.Status, answer.Code(), answer.Headers.RetryAfter?.ToString()));
        Assert.Equal(200, (await process.Get("/api/v1/info")).Status);
    }
}
