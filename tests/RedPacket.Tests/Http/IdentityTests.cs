using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Http.Identity;

namespace RedPacket.Tests.Http;

/// <summary>Authentication over real Kestrel.</summary>
public sealed class IdentityTests
{
    [Fact]
    public async Task ValidToken_NamesTheCaller()
    {
        await using var app = await EdgeApp.Start();
        Assert.Equal("alice", (await app.Send(HttpMethod.Get, "/me", app.Token("alice"))).Body);
    }

    [Fact]
    public async Task TokenMissing_Is401AndNamesTheScheme()
    {
        await using var app = await EdgeApp.Start();
        var answer = await app.Send(HttpMethod.Get, "/me");
        Assert.Equal((401, "unauthenticated"), (answer.Status, answer.Code()));
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().ToString());
    }

    [Fact]
    public async Task SpellingsOfOneToken_AreValidAndFillNoCache()
    {
        await using var app = await EdgeApp.Start();
        var token = app.Token("alice");
        foreach (var spelling in (string[])[$"Bearer {token}", $"bEaReR {token}", $"Bearer   {token}", $"BEARER    {token}"])
            Assert.Equal(200, (await app.Send(HttpMethod.Get, "/me", headers: ("Authorization", spelling))).Status);
        Assert.Equal(1, app.Services.GetRequiredService<TokenCache>().Count);
    }

    [Fact]
    public async Task ForeignToken_Is401()
    {
        await using var app = await EdgeApp.Start();
        string[] strangers =
        [
            "rubbish",
            app.Token("alice", key: "another key, also of more than 32 bytes"),
            app.Token("alice", issuer: "somebody"), app.Token("alice", audience: "somewhere"),
            Unsigned(app.Token("alice")), app.Token("alice", critical: "http://example.com/unheard-of"),
        ];
        foreach (var token in strangers)
        {
            var answer = await app.Send(HttpMethod.Get, "/me", token);
            Assert.Equal((401, "unauthenticated"), (answer.Status, answer.Code()));
            // It does not say which check of the token failed.
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        }
    }

    [Fact]
    public async Task ExpiredToken_IsRefusedAfterItWasAccepted()
    {
        await using var app = await EdgeApp.Start();
        var token = app.Token("alice", lifetime: TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/me", token)).Status);
        app.Time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/me", token)).Status);
        // The last second, and the few that clocks may differ by.
        app.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(401, (await app.Send(HttpMethod.Get, "/me", token)).Status);
    }

    [Theory]
    [InlineData("has space")]
    [InlineData("红包")]
    [InlineData("brace}")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(null)]
    public async Task InvalidUserId_Is400(string? user)
    {
        await using var app = await EdgeApp.Start();
        var token = app.Token(user, role: Caller.Operator);
        foreach (var path in (string[])["/me", "/operator"])
            Assert.Equal(
                (400, "user_invalid"),
                await app.Send(HttpMethod.Get, path, token) is var answer ? (answer.Status, answer.Code()) : default);
    }

    [Fact]
    public async Task OperatorsCall_IsForOperatorsOnly()
    {
        await using var app = await EdgeApp.Start();
        var refused = await app.Send(HttpMethod.Get, "/operator", app.Token("alice"));
        Assert.Equal((403, "forbidden"), (refused.Status, refused.Code()));
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/operator", app.Token("olga", Caller.Operator))).Status);
    }

    [Fact]
    public async Task TokenOfDotnetUserJwts_IsAccepted()
    {
        const string key = "what dotnet user-jwts puts into the secrets";
        await using var app = await EdgeApp.Start(
            ("Authentication:Schemes:Bearer:ValidAudiences:0", "http://localhost:5080"),
            ("Authentication:Schemes:Bearer:ValidIssuer", "dotnet-user-jwts"),
            ("Authentication:Schemes:Bearer:SigningKeys:0:Issuer", "dotnet-user-jwts"),
            ("Authentication:Schemes:Bearer:SigningKeys:0:Value", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key))));
        var token = app.Token("alice", key: key, issuer: "dotnet-user-jwts", audience: "http://localhost:5080");
        Assert.Equal("alice", (await app.Send(HttpMethod.Get, "/me", token)).Body);
        // The service's signing keys stay valid as well.
        Assert.Equal("bob", (await app.Send(HttpMethod.Get, "/me", app.Token("bob"))).Body);
    }

    [Theory]
    [InlineData("Jwt:SigningKeys:0", null, "Production", "Jwt:SigningKeys:0")]
    [InlineData("Jwt:SigningKeys:0", "too short", "Production", "Jwt:SigningKeys:0")]
    [InlineData("Jwt:SigningKeys:0", "too short", "Development", "Jwt:SigningKeys:0")]
    [InlineData("Jwt:Authority", "login.example.org", "Production", "Jwt:Authority")]
    [InlineData("Jwt:Authority", "http://login.example.org", "Production", "Jwt:AllowHttpAuthority")]
    [InlineData("Jwt:Authority", "http://localhost:8080", "Development", "Jwt:AllowHttpAuthority")]
    [InlineData("Jwt:RoleClaim", " ", "Production", "Jwt:RoleClaim")]
    [InlineData("Authentication:Schemes:Bearer:Authority", "https://login.example.org", "Production", "Jwt:Authority")]
    [InlineData("Authentication:Schemes:Bearer:MetadataAddress", "http://login.example.org/x", "Development", "Jwt:Authority")]
    public async Task UnusableIdentitySettings_PreventStartup(string name, string? value, string environment,
        string named)
    {
        await using var app = EdgeApp.Build([(name, value!)], _ => { }, environment);
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Development", "true")]
    [InlineData("Production", "false")]
    public async Task KeysMissing_AreAllowedInDevelopmentOrWithAnotherScheme(string environment, string required)
    {
        await using var app = EdgeApp.Build([("Jwt:SigningKeys:0", null!), ("Jwt:Required", required)], _ => { }, environment);
        await app.StartAsync(TestContext.Current.CancellationToken);
    }

    private static string Unsigned(string token) => $"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{token.Split('.')[1]}.";
}
