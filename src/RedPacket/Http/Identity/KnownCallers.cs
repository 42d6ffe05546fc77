using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using RedPacket.Http.Limits;

namespace RedPacket.Http.Identity;

/// <summary>
/// Callers who are known without the framework's authentication, as by a token that was checked a short time ago
/// (<see cref="TokenCache"/>). A call that any user may make goes straight to its endpoint then. Authentication and
/// authorization would find the same, at a tenth of what a grab costs.
/// </summary>
/// <param name="Scheme">The default scheme of the host for which this speaks. With another one nobody is known.</param>
/// <param name="Find">
/// The caller whom the scheme would find, or null when it has to be asked.
/// </param>
internal sealed record KnownCallers(string Scheme, Func<HttpContext, ClaimsPrincipal?> Find);

internal static class KnownCallersSetup
{
    /// <summary>Any user with a valid identity may make this call, and nothing else is asked of the caller.</summary>
    public static TBuilder ForAnyUser<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.RequireAuthorization().WithMetadata(AnyUser.Instance);

    /// <summary>Adds nothing to the pipeline where a limit per user is set, or where nobody is known.</summary>
    public static void UseKnownCallers(this WebApplication app)
    {
        if (app.Services.GetService<KnownCallers>() is not { } known || known.Scheme != DefaultScheme(app.Services)
            || RateLimit.IsPerUser(app.Services))
            return;
        app.Use(next => context =>
        {
            if (context.GetEndpoint() is not { RequestDelegate: { } call } endpoint || !IsForAnyUser(endpoint.Metadata)
                || known.Find(context) is not { } caller)
                return next(context);
            context.User = caller;
            return Caller.RefusalOf(context.UserId()) is { } refusal ? refusal.ExecuteAsync(context) : call(context);
        });
    }

    // A group may ask for more than the endpoint does.
    private static bool IsForAnyUser(EndpointMetadataCollection metadata) => metadata.GetMetadata<AnyUser>() is not null
        && metadata.GetOrderedMetadata<IAuthorizeData>() is [{ Policy: null, Roles: null, AuthenticationSchemes: null }];

    private static string? DefaultScheme(IServiceProvider services)
    {
        var schemes = services.GetRequiredService<IOptions<AuthenticationOptions>>().Value;
        return schemes.DefaultAuthenticateScheme ?? schemes.DefaultScheme;
    }

    private sealed class AnyUser
    {
        public static readonly AnyUser Instance = new();
    }
}
