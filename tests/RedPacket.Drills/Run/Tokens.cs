using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RedPacket.Drills.Run;

/// <summary>Signs bearer tokens with a key that the service shares.</summary>
internal sealed class Tokens
{
    public const string Issuer = "redpacket-tests";
    public const string Audience = "redpacket";
    public const string Key = "text:only-for-tests-0123456789-abcdefghijklmnop";

    private readonly ConcurrentDictionary<(string User, bool Operator), string> _tokens = new();

    /// <summary>The settings with which a service accepts these tokens, and signs its messages.</summary>
    public static Dictionary<string, string> Settings => new()
    {
        ["Jwt:Issuer"] = Issuer,
        ["Jwt:Audience"] = Audience,
        ["Jwt:SigningKeys:0"] = Key,
        ["Outbox:SigningKeys:0"] = Key,
    };

    /// <summary>The value of the Authorization header.</summary>
    public string Bearer(string user, bool asOperator = false) =>
        $"Bearer {_tokens.GetOrAdd((user, asOperator), caller => Mint(caller.User, caller.Operator))}";

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
            // A process checks a token's times by its own clock, and drills set that clock back.
            NotBefore = now.AddMinutes(-15),
            Expires = now.AddHours(4),
            SigningCredentials = new SigningCredentials(
                new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Key["text:".Length..])), SecurityAlgorithms.HmacSha256),
        });
    }
}
