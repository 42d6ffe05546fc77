using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RedPacket.Drills;

/// <summary>Bearer tokens as an issuer that shares a key with the service would sign them.</summary>
internal sealed class Tokens
{
    public const string Issuer = "redpacket-tests";
    public const string Audience = "redpacket";
    public const string Key = "text:only-for-tests-0123456789-abcdefghijklmnop";

    private readonly ConcurrentDictionary<(string User, bool Operator), string> _tokens = new();

    /// <summary>The settings under which a service takes these tokens.</summary>
    public static Dictionary<string, string> Settings => new() { ["Jwt:Issuer"] = Issuer, ["Jwt:Audience"] = Audience, ["Jwt:SigningKeys:0"] = Key };

    /// <summary>The header's value.</summary>
    public string Bearer(string user, bool asOperator = false) => $"Bearer {_tokens.GetOrAdd((user, asOperator), who => Mint(who.User, who.Operator))}";

    private static string Mint(string user, bool asOperator)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var claims = new ClaimsIdentity([new Claim("sub", user)]);
        if (asOperator)
            claims.AddClaim(new Claim("role", "operator"));
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Subject = claims,
            Issuer = Issuer,
            Audience = Audience,
            // A process judges a token's life by its own clock, and drills set that back.
            NotBefore = now.AddMinutes(-15),
            Expires = now.AddHours(4),
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Key["text:".Length..])), SecurityAlgorithms.HmacSha256),
        });
    }
}
