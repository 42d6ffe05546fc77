using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Http.Identity;

/// <summary>
/// The framework's bearer handler, asked once per token and <see cref="TokenCache.LookAgainAfter"/>. Requests share its
/// whole answer and only read it. Caching the checked token alone would not do: the handler would still copy its
/// parameters and build a principal for every grab.
/// </summary>
internal sealed class CachedBearerHandler(
    TokenCache cache, IssuerKeys issuer, IOptionsMonitor<JwtBearerOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : JwtBearerHandler(options, logger, encoder)
{
    private const string Prefix = "Bearer ";
    private bool _isUndecided;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!IsUsual(header))
            return await Check();
        if (cache.Find(header) is { } known)
            return known;
        var result = await Check();
        cache.Keep(header, result);
        return result;
    }

    // Only a call that needs a caller is refused. Health and pages answer whatever the token is.
    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => _isUndecided
        ? throw new OutageException(Outage.Issuer, "The issuer's keys could not be read.")
        : base.HandleChallengeAsync(properties);

    private async Task<AuthenticateResult> Check()
    {
        var result = await base.HandleAuthenticateAsync();
        _isUndecided = result.Failure is { } failure && issuer.CannotJudge(failure);
        return result;
    }

    // A valid token has thousands of valid spellings, by case and spaces. One caller could fill the cache with those of
    // one token.
    private static bool IsUsual(string header) =>
        header.StartsWith(Prefix, StringComparison.Ordinal) && header.Length > Prefix.Length && header[Prefix.Length] is not (' ' or '\t');
}
