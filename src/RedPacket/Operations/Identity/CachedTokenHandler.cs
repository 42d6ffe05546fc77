using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RedPacket.Operations.Identity;

/// <summary>Validates as <see cref="JsonWebTokenHandler"/> does, once per token and <see cref="TokenCache.LookAgainAfter"/>.</summary>
internal sealed class CachedTokenHandler(TokenCache cache) : JsonWebTokenHandler
{
    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        if (cache.Find(token) is { } known)
            return known;
        var result = await base.ValidateTokenAsync(token, validationParameters);
        // The result builds its identity when first asked; from here on many requests share it and only read.
        _ = result.ClaimsIdentity;
        cache.Keep(token, result);
        return result;
    }
}
