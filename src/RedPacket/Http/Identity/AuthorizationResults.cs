using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace RedPacket.Http.Identity;

/// <summary>
/// Refuses callers before an endpoint is reached, whatever the scheme: 401 without a valid identity, 400 for a user id
/// outside its alphabet (it would end up in keys and entries), 403 for a call that is not theirs.
/// </summary>
internal sealed class AuthorizationResults : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Challenged)
        {
            // The scheme adds WWW-Authenticate; the problem says it in words. A scheme of another host answers itself.
            await context.ChallengeAsync();
            if (!context.Response.HasStarted)
                await EdgeProblems.Unauthenticated.ExecuteAsync(context);
        }
        else if (context.User.Identity?.IsAuthenticated == true && Caller.RefusalOf(context.UserId()) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
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
