using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace RedPacket.Http.Identity;

/// <summary>
/// Reads user and role from a token as its issuer names them. From then on they are <c>sub</c> and <c>role</c>.
/// </summary>
internal static class TokenClaims
{
    /// <summary>
    /// Replaces the claims <c>sub</c> and <c>role</c> by what the settings name. A token cannot bring a role by another
    /// way.
    /// </summary>
    public static void Map(ClaimsIdentity identity, JwtOptions settings)
    {
        var user = Values(identity, settings.UserClaim).FirstOrDefault();
        var isOperator = Values(identity, settings.RoleClaim).Contains(settings.OperatorRole);
        // The policy compares the names of claims without their case.
        foreach (var claim in identity.Claims.Where(claim => IsOurs(claim.Type)).ToArray())
            identity.RemoveClaim(claim);
        if (user is not null)
            identity.AddClaim(new Claim(Caller.UserClaim, user));
        if (isOperator)
            identity.AddClaim(new Claim(Caller.RoleClaim, Caller.Operator));
    }

    private static Claim? ObjectOf(ClaimsIdentity identity, string name) =>
        identity.Claims.FirstOrDefault(claim => claim.Type == name && claim.ValueType == JsonClaimValueTypes.Json);

    private static bool IsOurs(string type) => type.Equals(Caller.UserClaim, StringComparison.OrdinalIgnoreCase)
        || type.Equals(Caller.RoleClaim, StringComparison.OrdinalIgnoreCase);

    // A claim of this name, and else a path: some issuers have dots in names (a URL), others have objects.
    private static string[] Values(ClaimsIdentity identity, string path)
    {
        string[] named = [.. identity.Claims.Where(claim => claim.Type == path).Select(claim => claim.Value)];
        // A text that looks like an object is a text: only the issuer makes objects.
        if (named.Length > 0 || path.Split('.') is not { Length: > 1 } steps || ObjectOf(identity, steps[0]) is not { } outer)
            return named;
        try
        {
            using var document = JsonDocument.Parse(outer.Value);
            var at = document.RootElement;
            foreach (var step in steps[1..])
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(step, out at))
                    return [];
            return at.ValueKind == JsonValueKind.Array
                ? [.. at.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!)]
                : at.ValueKind == JsonValueKind.String ? [at.GetString()!] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
