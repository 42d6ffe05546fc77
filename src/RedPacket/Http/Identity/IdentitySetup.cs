using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace RedPacket.Http.Identity;

/// <summary>
/// Who is calling. Bearer tokens, and the policy for operators. A host that knows callers by other means adds its scheme and makes it the default
/// (<c>Configure&lt;AuthenticationOptions&gt;</c>): no policy here names a scheme.
/// </summary>
internal static class IdentitySetup
{
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<JwtOptions>().Bind(configuration.GetSection(JwtOptions.Section)).PostConfigure(LeaveOutEmpty).ValidateOnStart();
        services.AddSingleton<IValidateOptions<JwtOptions>, JwtCheck>();
        services.AddSingleton(provider => new TokenCache(provider.GetRequiredService<TimeProvider>()));
        // Before AddJwtBearer: the framework's own post-configuration fetches keys from the authority by what stands here.
        services.AddSingleton<IPostConfigureOptions<JwtBearerOptions>, BearerOptions>();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options => Issuer(options, configuration));
        services.AddTransient<CachedBearerHandler>();
        services.Configure<AuthenticationOptions>(options => options.SchemeMap[JwtBearerDefaults.AuthenticationScheme].HandlerType = typeof(CachedBearerHandler));
        services.AddAuthorizationBuilder().AddPolicy(Caller.Operator, policy => policy.RequireAuthenticatedUser().RequireClaim(Caller.RoleClaim, Caller.Operator));
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AuthorizationResults>();
        return services;
    }

    /// <summary>A variable that is there but empty (compose files make such) is a key that is missing.</summary>
    private static void LeaveOutEmpty(JwtOptions options)
    {
        options.SigningKeys = [.. options.SigningKeys.Where(key => !string.IsNullOrWhiteSpace(key))];
        options.Authority = string.IsNullOrWhiteSpace(options.Authority) ? null : options.Authority;
    }

    private static void Issuer(JwtBearerOptions options, IConfiguration configuration)
    {
        if (configuration[$"{JwtOptions.Section}:Authority"] is not { } authority || !Uri.TryCreate(authority, UriKind.Absolute, out var address))
            return;
        options.Authority = authority;
        // An issuer over plain http is for a developer's machine.
        options.RequireHttpsMetadata = !address.IsLoopback;
    }
}
