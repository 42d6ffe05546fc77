using Microsoft.Extensions.Options;

namespace RedPacket.Operations;

/// <summary>The calls of the roles that this process lacks.</summary>
internal static class ForwardSetup
{
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
