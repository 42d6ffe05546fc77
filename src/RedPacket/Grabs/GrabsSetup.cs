namespace RedPacket.Grabs;

internal static class GrabsSetup
{
    public static IServiceCollection AddGrabs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GrabsOptions>().Bind(configuration.GetSection("Grabs")).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<GrabCoalescer>();
        services.AddSingleton<GrabEndpoint>();
        return services;
    }

    public static void MapGrabs(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/packets/{packetId}/grabs", (GrabEndpoint grab, HttpContext context, string packetId) => grab.Handle(context, packetId)).RequireAuthorization();
}
