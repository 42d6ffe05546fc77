using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Http.Identity;

/// <summary>
/// Bearer tokens, and the policy for operators. No policy names a scheme, so a host with another one adds it and makes
/// it the default (<c>Configure&lt;AuthenticationOptions&gt;</c>).
/// </summary>
internal static class IdentitySetup
{
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSettings<JwtOptions>(configuration).PostConfigure(LeaveOutEmpty);
        services.AddSingleton<IValidateOptions<JwtOptions>, JwtCheck>();
        services.AddSingleton(provider => new TokenCache(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => new KnownCallers(
            JwtBearerDefaults.AuthenticationScheme, provider.GetRequiredService<TokenCache>().CallerOf));
        // Before AddJwtBearer: the framework's own post-configuration reads these options to fetch the authority's
        // keys.
        services.AddSingleton<IPostConfigureOptions<JwtBearerOptions>, BearerOptions>();
        services.AddSingleton<IssuerKeys>().AddHostedService(provider => provider.GetRequiredService<IssuerKeys>());
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddTransient<CachedBearerHandler>();
        services.Configure<AuthenticationOptions>(options =>
            options.SchemeMap[JwtBearerDefaults.AuthenticationScheme].HandlerType = typeof(CachedBearerHandler));
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(IsKnownOrNowhere).Build())
            .AddPolicy(Caller.Operator, policy => policy.RequireAuthenticatedUser().RequireClaim(Caller.RoleClaim, Caller.Operator));
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AuthorizationResults>();
        return services;
    }

    /// <summary>
    /// A route whose author forgot to say who may call it asks for a caller. Anybody gets 404, 405 and 415 where there
    /// is no route.
    /// </summary>
    private static bool IsKnownOrNowhere(AuthorizationHandlerContext call) =>
        call.User.Identity?.IsAuthenticated == true || call.Resource is HttpContext context && context.GetEndpoint() is not RouteEndpoint;

    /// <summary>Compose files may set a variable to nothing. That counts as missing.</summary>
    private static void LeaveOutEmpty(JwtOptions options)
    {
        options.SigningKeys = [.. options.SigningKeys.Where(key => !string.IsNullOrWhiteSpace(key))];
        options.Authority = string.IsNullOrWhiteSpace(options.Authority) ? null : options.Authority;
    }
}
