using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace RedPacket.Http.Identity;

/// <summary>
/// What a caller is told before an endpoint is reached: 401 unknown, 400 a user id that no user can have (it would end up in keys and entries), 403 not for you.
/// Stands where every call that wants a caller has to pass, whatever the scheme.
/// </summary>
internal sealed class AuthorizationResults : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Challenged)
        {
            // The scheme says how to sign in (WWW-Authenticate), the problem says it in words.
            await context.ChallengeAsync();
            await EdgeProblems.Unauthenticated.ExecuteAsync(context);
        }
        else if (!UserId.IsValid(context.UserId()))
        {
            await EdgeProblems.UserInvalid.ExecuteAsync(context);
        }
        else if (authorizeResult.Forbidden)
        {
            await EdgeProblems.Forbidden.ExecuteAsync(context);
        }
        else
        {
            await next(context);
        }
    }
}
