using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RedPacket.Hosting;

namespace RedPacket.Http.Identity;

/// <summary>Makes tokens that a service with the same section <c>Jwt</c> accepts.</summary>
internal static class TokenSigner
{
    /// <summary>A token of HS256, signed with the first shared key.</summary>
    /// <exception cref="InvalidOperationException">There is no key, or it has less than 32 bytes.</exception>
    public static string Sign(TokenRequest request, JwtOptions options, DateTimeOffset now)
    {
        if (options.SigningKeys.FirstOrDefault() is not { } text || SecretKey.Read(text) is not { } key)
            throw new InvalidOperationException("Jwt:SigningKeys:0 is missing or too short.");
        var claims = new ClaimsIdentity([new Claim(options.UserClaim, request.User)]);
        if (request.Role is { } role)
            claims.AddClaim(new Claim(options.RoleClaim, role == Caller.Operator ? options.OperatorRole : role));
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Subject = claims,
            Issuer = options.Issuer,
            Audience = options.Audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + request.Lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256),
        });
    }
}

/// <summary>The content of a token, and how long it is valid.</summary>
internal sealed record TokenRequest(string User, string? Role, TimeSpan Lifetime);
