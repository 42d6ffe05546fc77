using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RedPacket.Operations;
using RedPacket.Tests.Http;

namespace RedPacket.Tests.Operations;

/// <summary>
/// Calls of a role that a process lacks: what it passes to its peer, what it keeps back, and what it says without one.
/// </summary>
public sealed class ForwardTests
{
    private const string Wallets = "/api/v1/wallets";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ForwardedCall_HasTheBearerTokenAndNoOtherIdentity()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address);

        var answer = await process.Get($"{Wallets}/eve/transfers?after=3", ("Authorization", "Bearer abc"), ("Idempotency-Key", "key"),
            ("Accept", "text/csv"), ("Cookie", "a=b"), ("X-User-Id", "eve"), ("X-Role", "operator"), ("X-Forwarded-For", "10.9.8.7"));

        Assert.Equal((200, $"GET {Wallets}/eve/transfers?after=3"), (answer.Status, answer.Body));
        var passed = peer.Last.Headers.Where(field => field.Key is not ("Host" or "traceparent"))
            .Select(field => $"{field.Key}: {field.Value}").Order(StringComparer.Ordinal);
        string[] expected = ["Accept: text/csv", "Authorization: Bearer abc", "Idempotency-Key: key", $"{RoleForwarder.Hop}: 1"];
        Assert.Equal([.. expected, "X-Forwarded-For: 127.0.0.1"], passed);
    }

    [Fact]
    public async Task LocationOfASend_KeepsThePathOfTheService()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await SplitProcess.Start("reconcile", $"--Forward:Grab={peer.Address}", "--Http:PathBase=/pay/red");

        var answer = await process.Post("/pay/red/api/v1/packets", "{}");

        Assert.Equal((201, "/pay/red/api/v1/packets/0-made"), (answer.Status, answer.Headers.Location?.ToString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_IsPassedWithItsType(bool chunked)
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address);

        var answer = await process.Post("/api/v1/parked/replays", """{"all":true}""", chunked);

        Assert.Equal((200, """{"all":true}""", "application/json"), (answer.Status, peer.Last.Body, peer.Last.Headers["Content-Type"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BodyOverTheLimit_Is413(bool chunked)
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address);

        var answer = await process.Post("/api/v1/parked/replays", new string(' ', 8193), chunked);

        Assert.Equal((413, "body_too_large"), (answer.Status, answer.Code()));
    }

    [Fact]
    public async Task RefusalOfThePeer_IsPassedAsItIs()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address);

        var answer = await process.Get($"{Wallets}/refused");

        Assert.Equal((503, "gate_closed", "5"), (answer.Status, answer.Code(), answer.Headers.RetryAfter?.ToString()));
        Assert.Equal(["true"], answer.Headers.GetValues("Idempotent-Replayed"));
        Assert.Equal(["the peer's"], answer.Headers.GetValues("Content-Security-Policy"));
    }

    [Fact]
    public async Task AnswerThatBreaksOff_IsNotTakenForTheWhole()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address);

        using var stream = await process.Open($"{Wallets}/cut");
        Assert.Equal("half of it", await stream.ReadLineAsync(Cancellation));
        peer.StreamEnd.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task PeerAway_Is503WithRetryAfter()
    {
        await using var process = await Forwarding($"http://127.0.0.1:{Ports.Free()}");

        var answer = await process.Get($"{Wallets}/alice");

        Assert.Equal((503, "role_unavailable", "1"), (answer.Status, answer.Code(), answer.Headers.RetryAfter?.ToString()));
    }

    [Fact]
    public async Task SilentPeer_Is503AfterTheTimeout()
    {
        await using var peer = await PeerStub.Start();
        await using var process = await Forwarding(peer.Address, "--Forward:Timeout=00:00:01");

        var answer = await process.Get($"{Wallets}/silent");

        Assert.Equal((503, "role_unavailable"), (answer.Status, answer.Code()));
    }

    [Fact]
    public async Task TwoProcessesWithoutTheRole_DoNotForwardToEachOther()
    {
        var port = Ports.Free();
        await using var first = await Forwarding($"http://127.0.0.1:{port}");
        await using var second = await Forwarding(first.Client.BaseAddress!.AbsoluteUri, $"--urls=http://127.0.0.1:{port}");

        var answer = await first.Get($"{Wallets}/alice");

        Assert.Equal((404, "role_absent"), (answer.Status, answer.Code()));
        Assert.Contains("forwarded the call here. Set its Forward:Reconcile", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAPeer_TheRefusalNamesTheRole()
    {
        await using var process = await SplitProcess.Start("relay,settle");

        foreach (var (path, role, setting) in new[] { ("packets", "grab", "Grab"), ("consistency?format=csv", "reconcile", "Reconcile") })
        {
            var answer = await process.Get($"/api/v1/{path}");
            Assert.Equal((404, "role_absent"), (answer.Status, answer.Code()));
            Assert.Contains(
                $"This process has the roles relay, settle, and {role} serves this address. "
                + $"Ask a process with the role {role}, or set Forward:{setting} here to its address.",
                answer.Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("grab", "", "none in this process")]
    [InlineData("grab", "amqp://nobody:hush@127.0.0.1:1/", "RabbitMQ")]
    [InlineData("relay,settle", "", "in memory")]
    [InlineData("relay,settle", "  ", "in memory")]
    public async Task Info_NamesTheBusThatTheProcessUses(string roles, string address, string bus)
    {
        await using var process = await SplitProcess.Start(roles, $"--ConnectionStrings:RabbitMq={address}");

        var info = JsonDocument.Parse((await process.Get("/api/v1/info")).Body).RootElement;

        Assert.Equal(bus, info.GetProperty("bus").GetProperty("kind").GetString());
        Assert.StartsWith($"bus    {bus}: ", info.GetProperty("banner")[1].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("--Forward:Grab=http://127.0.0.1:1", "grab")]
    public async Task Info_NamesTheRolesThatAreForwarded(string setting, string forwards)
    {
        await using var process = await SplitProcess.Start("relay,settle", [.. new[] { setting }.Where(given => given.Length > 0)]);

        var info = JsonDocument.Parse((await process.Get("/api/v1/info")).Body).RootElement;

        Assert.Equal(forwards, string.Join(',', info.GetProperty("forwards").EnumerateArray().Select(role => role.GetString())));
    }

    [Theory]
    [InlineData("Subscribers", "http://user@host:5080")]
    [InlineData("Grab", "localhost:5080")]
    [InlineData("Reconcile", "ftp://host")]
    [InlineData("Reconcile", "http://host:5080/below")]
    public void AddressThatIsNoServer_IsRefusedByName(string name, string address)
    {
        using var folder = new Folder("split");

        var refused = Assert.Throws<OptionsValidationException>(
            () => SplitProcess.Build(folder, "relay,settle", $"--Forward:{name}={address}"));

        Assert.StartsWith($"Forward:{name} takes an address such as http://host:5080", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProcessWithAllRoles_HasNothingBeforeItsEndpoints()
    {
        using var folder = new Folder("split");
        await using var process = SplitProcess.Build(
            folder, "grab,relay,settle,reconcile", "--Forward:Grab=http://127.0.0.1:1", "--Forward:Reconcile=http://127.0.0.1:1");

        var routes = ((IEndpointRouteBuilder)process).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => $"/{endpoint.RoutePattern.RawText!.Trim('/')}").ToArray();

        Assert.DoesNotContain(routes, route => route.Contains("**rest", StringComparison.Ordinal));
        // Each call belongs to a role, or every process has it: so a split deployment serves them all.
        string[] everywhere = ["/api/v1/info", "/api/v1/live"];
        var calls = routes.Where(route => route.StartsWith("/api/", StringComparison.Ordinal)).Except(everywhere).ToArray();
        var prefixes = ProcessRoles.Calls.Values.SelectMany(addresses => addresses).ToArray();
        Assert.NotEmpty(calls);
        Assert.All(calls, call => Assert.Single(prefixes, prefix => $"{call}/".StartsWith($"{prefix}/", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("text/html,application/xhtml+xml;q=0.9", "text/html")]
    [InlineData("*/*", "application/problem+json")]
    [InlineData("text/html;q=0,application/json", "application/problem+json")]
    public async Task WrongAddress_IsAPageForABrowserAndAProblemForOthers(string accept, string type)
    {
        await using var process = await SplitProcess.Start("relay,settle");

        var answer = await process.Get("/nowhere/at/all", ("Accept", accept));

        Assert.Equal((404, type), (answer.Status, answer.Content.ContentType?.MediaType));
        Assert.Equal(type == "text/html", answer.Body.Contains("/assets/js/app.js", StringComparison.Ordinal));
    }

    private static Task<SplitProcess> Forwarding(string address, params string[] settings) =>
        SplitProcess.Start("relay,settle", [$"--Forward:Reconcile={address}", .. settings]);
}
