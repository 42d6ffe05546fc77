using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using RedPacket.Http.Identity;

namespace RedPacket.Tests.Http;

/// <summary>Tokens of an issuer that publishes its keys, in the forms that the usual products give them.</summary>
public sealed class IssuerTests
{
    /// <summary>
    /// The form of each product's access tokens, and the settings that read them. From their documentation.
    /// </summary>
    public static TheoryData<string, string, string, string[]> Products => new()
    {
        {
            "Entra",
            """{"sub":"h0sL-pairwise_1","oid":"4c0b7bd8-0a8a-4f3c-a7c4-0d2f5e6a7b8c","roles":["RedPacket.Operator"],"ver":"2.0"}""",
            "4c0b7bd8-0a8a-4f3c-a7c4-0d2f5e6a7b8c", ["Jwt:UserClaim=oid", "Jwt:RoleClaim=roles", "Jwt:OperatorRole=RedPacket.Operator"]
        },
        {
            "Keycloak", """{"sub":"f:1b9d:alice","realm_access":{"roles":["offline_access","operator"]},"typ":"Bearer"}""",
            "f:1b9d:alice", ["Jwt:RoleClaim=realm_access.roles"]
        },
        {
            "Auth0", """{"sub":"auth0|64f0c2","https://redpacket.example/roles":["operator"],"scope":"openid"}""",
            "auth0|64f0c2", ["Jwt:RoleClaim=https://redpacket.example/roles"]
        },
        {
            "Okta", """{"sub":"alice@example.org","uid":"00uid4BxXw6I6TV4m0g3","groups":["Everyone","RedPacket operators"]}""",
            "00uid4BxXw6I6TV4m0g3", ["Jwt:UserClaim=uid", "Jwt:RoleClaim=groups", "Jwt:OperatorRole=RedPacket operators"]
        },
        {
            "ADFS", """{"sub":"q1Zt/8yC+Xw0=","role":"operator","apptype":"Confidential"}""",
            "q1Zt/8yC+Xw0=", ["Jwt:Issuer=http://sts.example.org/adfs/services/trust"]
        },
    };

    [Theory]
    [MemberData(nameof(Products))]
    public async Task TokenOfAProduct_NamesUserAndOperator(string product, string claims, string user,
        string[] settings)
    {
        await using var issuer = await FakeIssuer.Start();
        await using var app = await Start(issuer, settings);
        var name = product == "ADFS" ? "http://sts.example.org/adfs/services/trust" : FakeIssuer.Name;
        var token = issuer.Token(app.Time.GetUtcNow(), Claims(claims), product == "Auth0" ? "at+jwt" : "JWT", name);

        Assert.Equal(user, (await app.Send(HttpMethod.Get, "/me", token)).Body);
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/operator", token)).Status);
    }

    [Theory]
    [InlineData("""{"sub":"mallory","role":"operator"}""", "Jwt:RoleClaim=roles")]
    [InlineData("""{"sub":"mallory","Role":"operator"}""", "Jwt:RoleClaim=roles")]
    [InlineData("""{"sub":"mallory","ROLE":["operator"]}""", "Jwt:RoleClaim=realm_access.roles")]
    [InlineData("""{"sub":"mallory","Realm_Access":{"roles":"operator"}}""", "Jwt:RoleClaim=realm_access.roles")]
    [InlineData("""{"sub":"mallory","realm_access":"{\"roles\":[\"operator\"]}"}""", "Jwt:RoleClaim=realm_access.roles")]
    [InlineData("""{"sub":"mallory","realm_access":{"roles":"operators"}}""", "Jwt:RoleClaim=realm_access.roles")]
    [InlineData("""{"sub":"mallory","realm_access":"operator"}""", "Jwt:RoleClaim=realm_access.roles")]
    [InlineData("""{"sub":"mallory","roles":["operator"]}""", "Jwt:OperatorRole=operator")]
    public async Task RoleInAnotherPlace_IsNoRole(string claims, string setting)
    {
        await using var issuer = await FakeIssuer.Start();
        await using var app = await Start(issuer, setting);

        var answer = await app.Send(HttpMethod.Get, "/operator", issuer.Token(app.Time.GetUtcNow(), Claims(claims)));

        Assert.Equal((403, "forbidden"), (answer.Status, answer.Code()));
    }

    [Fact]
    public async Task IssuerAwayAtTheStart_IsA503UntilItsKeysAreRead()
    {
        await using var issuer = await FakeIssuer.Start(isAway: true);
        await using var app = await Start(issuer);
        var token = issuer.Token(app.Time.GetUtcNow(), Claims("""{"sub":"alice"}"""));

        var answer = await app.Send(HttpMethod.Get, "/me", token);

        Assert.Equal((503, "issuer_unavailable"), (answer.Status, answer.Code()));
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/open", token)).Status);
        Assert.Equal("bob", (await app.Send(HttpMethod.Get, "/me", app.Token("bob"))).Body);
        Assert.Equal(401, (await app.Send(HttpMethod.Get, "/me", "rubbish")).Status);
        Assert.Null(app.Services.GetRequiredService<IssuerKeys>().State!.ReadAt);

        issuer.IsAway = false;
        await Eventually.Holds(async () =>
        {
            app.Time.Advance(TimeSpan.FromSeconds(1));
            return (await app.Send(HttpMethod.Get, "/me", token)).Body == "alice";
        });
    }

    [Fact]
    public async Task IssuerAwayLater_ItsKeysStayValid_AndAnUnknownKeyIsA503()
    {
        await using var issuer = await FakeIssuer.Start();
        await using var app = await Start(issuer);
        var now = app.Time.GetUtcNow();
        var known = issuer.Token(now, Claims("""{"sub":"alice"}"""), lifetime: TimeSpan.FromDays(1));
        issuer.IsAway = true;
        issuer.ChangeKey("second");
        var unknown = issuer.Token(now, Claims("""{"sub":"bob"}"""), lifetime: TimeSpan.FromDays(1));

        await Eventually.Holds(async () =>
        {
            app.Time.Advance(TimeSpan.FromSeconds(31));
            return (await app.Send(HttpMethod.Get, "/me", unknown)).Status == 503;
        });
        Assert.Equal("alice", (await app.Send(HttpMethod.Get, "/me", known)).Body);
        Assert.NotNull(app.Services.GetRequiredService<IssuerKeys>().State!.Reason);

        issuer.IsAway = false;
        await Eventually.Holds(async () =>
        {
            app.Time.Advance(TimeSpan.FromSeconds(1));
            return (await app.Send(HttpMethod.Get, "/me", unknown)).Body == "bob";
        });
    }

    [Fact]
    public async Task TokensWithUnknownKeys_DoNotMakeTheServiceAskTheIssuer()
    {
        await using var issuer = await FakeIssuer.Start();
        await using var app = await Start(issuer);
        var readings = issuer.Readings;

        for (var i = 0; i < 20; i++)
        {
            issuer.ChangeKey($"never published {i}");
            var token = issuer.Token(app.Time.GetUtcNow(), Claims("""{"sub":"mallory"}"""));
            Assert.Equal(401, (await app.Send(HttpMethod.Get, "/me", token)).Status);
        }

        Assert.Equal(readings, issuer.Readings);
    }

    [Theory]
    [InlineData("id_token")]
    [InlineData("logout+jwt")]
    public async Task TokenOfAnotherType_Is401(string type)
    {
        await using var issuer = await FakeIssuer.Start();
        await using var app = await Start(issuer);

        Assert.Equal(
            401, (await app.Send(HttpMethod.Get, "/me", issuer.Token(app.Time.GetUtcNow(), Claims("""{"sub":"alice"}"""), type))).Status);
    }

    [Fact]
    public async Task TokenOfALongerLifeThanAllowed_Is401()
    {
        await using var app = await EdgeApp.Start(("Jwt:MaxLifetime", "00:15:00"));

        Assert.Equal(200, (await app.Send(HttpMethod.Get, "/me", app.Token("alice", lifetime: TimeSpan.FromMinutes(15)))).Status);
        Assert.Equal(401, (await app.Send(HttpMethod.Get, "/me", app.Token("alice", lifetime: TimeSpan.FromMinutes(16)))).Status);
        var issuedInTheFuture = app.Token("alice", lifetime: TimeSpan.FromHours(3), issuedAfter: TimeSpan.FromHours(2.9));
        Assert.Equal(401, (await app.Send(HttpMethod.Get, "/me", issuedInTheFuture)).Status);
    }

    [Fact]
    public async Task AnswerWithoutKeys_DoesNotReplaceTheKeys()
    {
        await using var issuer = await FakeIssuer.Start();
        await using var app = await Start(issuer);
        var token = issuer.Token(app.Time.GetUtcNow(), Claims("""{"sub":"alice"}"""), lifetime: TimeSpan.FromDays(1));
        issuer.IsEmpty = true;

        await Eventually.Holds(() =>
        {
            app.Time.Advance(TimeSpan.FromMinutes(61));
            return app.Services.GetRequiredService<IssuerKeys>().State!.Reason is not null;
        });

        Assert.Equal("alice", (await app.Send(HttpMethod.Get, "/me", token)).Body);
    }

    private static async Task<EdgeApp> Start(FakeIssuer issuer, params string[] settings)
    {
        var app = await EdgeApp.Start(
        [
            ("Jwt:Authority", issuer.Address.AbsoluteUri), ("Jwt:AllowHttpAuthority", "true"),
            .. settings.Select(setting => setting.Split('=', 2)).Select(parts => (parts[0], parts[1])),
        ]);
        // On a machine without a processor to spare the first reading ends after 5 s. The next is due by the app's clock.
        var keys = app.Services.GetRequiredService<IssuerKeys>();
        await Eventually.Holds(() =>
        {
            if (issuer.IsAway || issuer.IsEmpty || keys.State?.ReadAt is not null)
                return true;
            app.Time.Advance(TimeSpan.FromSeconds(1));
            return false;
        });
        return app;
    }

    private static Dictionary<string, object> Claims(string json) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!
        .ToDictionary(claim => claim.Key, claim => (object)claim.Value);
}
