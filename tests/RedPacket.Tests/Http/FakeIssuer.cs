using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RedPacket.Tests.Http;

/// <summary>
/// An OpenID Connect issuer with keys made here: its discovery document, its public keys, and tokens.
/// </summary>
internal sealed class FakeIssuer : IAsyncDisposable
{
    public const string Name = "https://login.example.org/";

    private readonly WebApplication _app;
    private RsaSecurityKey _key = NewKey("first");
    private int _readings;

    private FakeIssuer(WebApplication app)
    {
        _app = app;
        app.MapGet("/.well-known/openid-configuration", () => Answer(new
        {
            issuer = Name,
            jwks_uri = $"{Address}keys",
            authorization_endpoint = $"{Address}authorize",
        }));
        app.MapGet("/keys", () => Answer(new { keys = IsEmpty ? [] : new[] { Published(_key) } }));
    }

    public Uri Address => new(_app.Urls.Single());

    /// <summary>Answers 503 to everything.</summary>
    public bool IsAway { get; set; }

    /// <summary>Publishes no key, as a page of maintenance would.</summary>
    public bool IsEmpty { get; set; }

    /// <summary>How often the discovery document was asked for.</summary>
    public int Readings => Volatile.Read(ref _readings);

    public static async Task<FakeIssuer> Start(bool isAway = false)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var issuer = new FakeIssuer(app) { IsAway = isAway };
        await app.StartAsync(TestContext.Current.CancellationToken);
        return issuer;
    }

    /// <summary>Signs with a new key from now on.</summary>
    public void ChangeKey(string id) => _key = NewKey(id);

    /// <summary>A token of an hour, signed with the present key.</summary>
    public string Token(
        DateTimeOffset now, IDictionary<string, object> claims, string type = "JWT", string name = Name, TimeSpan? lifetime = null) =>
        new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            Issuer = name,
            Audience = "redpacket",
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + (lifetime ?? TimeSpan.FromHours(1))).UtcDateTime,
            TokenType = type,
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.RsaSha256),
        });

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IResult Answer(object body)
    {
        Interlocked.Increment(ref _readings);
        return IsAway ? Results.StatusCode(503) : Results.Json(body);
    }

    private static RsaSecurityKey NewKey(string id) => new(RSA.Create(2048)) { KeyId = id };

    private static object Published(RsaSecurityKey key)
    {
        var numbers = key.Rsa.ExportParameters(includePrivateParameters: false);
        return new
        {
            kty = "RSA",
            use = "sig",
            alg = "RS256",
            kid = key.KeyId,
            n = Base64UrlEncoder.Encode(numbers.Modulus),
            e = Base64UrlEncoder.Encode(numbers.Exponent),
        };
    }
}
