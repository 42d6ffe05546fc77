using Microsoft.Extensions.Options;

namespace RedPacket.Operations;

/// <summary>The calls of the roles that this process lacks.</summary>
internal static class ForwardSetup
{
    private const string Api = "/api/v1";

    public static IServiceCollection AddForwarding(this IServiceCollection services, IConfiguration configuration,
        ProcessRoles roles)
    {
        services.AddOptions<ForwardOptions>().Bind(configuration.GetSection(ForwardOptions.Section))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<ForwardOptions>, ForwardOptionsCheck>();
        services.AddHttpForwarder().AddSingleton<RoleForwarder>();
        if (!roles.Has(ProcessRoles.Reconcile)
            && !string.IsNullOrEmpty(configuration[$"{ForwardOptions.Section}:{nameof(ForwardOptions.Reconcile)}"]))
            services.AddSingleton<PeerVerdict>().AddHostedService(provider => provider.GetRequiredService<PeerVerdict>());
        return services;
    }

    /// <summary>
    /// Calls that no role has go to the subscribers, where the settings name their address. A call that comes forwarded gets
    /// its 404 here. Call it after the edge is used.
    /// </summary>
    public static void UseSubscribersAddress(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<ForwardOptions>>().Value.Subscribers is null)
            return;
        var forwarder = app.Services.GetRequiredService<RoleForwarder>();
        app.MapWhen(
            context => context.GetEndpoint() is null && IsOfNoRole(context.Request.Path)
                && !context.Request.Headers.ContainsKey(RoleForwarder.Hop),
            others => others.Run(context => forwarder.Forward(context, RoleForwarder.Subscribers)));
    }

    // A misspelt address of a role is 404 here, whether or not the subscribers answer.
    private static bool IsOfNoRole(PathString path) => path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase)
        && !ProcessRoles.Calls.Values.SelectMany(addresses => addresses)
            .Any(address => path.StartsWithSegments(address, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// A process with all roles gets no such address, so that nothing is between its callers and its endpoints.
    /// </summary>
    public static void MapOtherRoles(this IEndpointRouteBuilder app)
    {
        var roles = app.ServiceProvider.GetRequiredService<ProcessRoles>();
        foreach (var (role, addresses) in ProcessRoles.Calls.Where(calls => !roles.Has(calls.Key)))
            foreach (var address in addresses)
                app.Map($"{address}/{{**rest}}", (HttpContext context, RoleForwarder forwarder) => forwarder.Forward(context, role))
                    // The process that is called asks for the caller.
                    .AllowAnonymous()
                    .ExcludeFromDescription();
    }
}
