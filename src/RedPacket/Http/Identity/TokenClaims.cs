using System.Security.Claims;
using System.Text.Json;

namespace RedPacket.Http.Identity;

/// <summary>Reads user and role from a token as its issuer names them. From then on they are <c>sub</c> and <c>role</c>.</summary>
internal static class TokenClaims
{
    /// <summary>
    /// Replaces the claims <c>sub</c> and <c>role</c> by what the settings name. A token cannot bring a role by another way.
    /// </summary>
    public static void Map(ClaimsIdentity identity, JwtOptions settings)
    {
        var user = Values(identity, settings.UserClaim).FirstOrDefault();
        var isOperator = Values(identity, settings.RoleClaim).Contains(settings.OperatorRole);
        foreach (var claim in identity.FindAll(claim => claim.Type is Caller.UserClaim or Caller.RoleClaim).ToArray())
            identity.RemoveClaim(claim);
        if (user is not null)
            identity.AddClaim(new Claim(Caller.UserClaim, user));
        if (isOperator)
            identity.AddClaim(new Claim(Caller.RoleClaim, Caller.Operator));
    }

    // A claim of this name, and else a path: some issuers have dots in names (a URL), others have objects.
    private static string[] Values(ClaimsIdentity identity, string path)
    {
        string[] named = [.. identity.FindAll(path).Select(claim => claim.Value)];
        if (named.Length > 0 || path.Split('.') is not { Length: > 1 } steps || identity.FindFirst(steps[0]) is not { } outer)
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
