using RedPacket.Hosting;

namespace RedPacket.Wallets;

/// <summary>Wallets and their statements: role reconcile.</summary>
internal static class WalletsSetup
{
    public static IServiceCollection AddWallets(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<WalletsOptions>(configuration);
        return services.AddSingleton<WalletReader>().AddSingleton<InFlightReader>().AddSingleton<WalletEndpoints>();
    }

    public static void MapWallets(this IEndpointRouteBuilder app)
    {
        var users = app.MapGroup("/api/v1/wallets/{userId}").RequireAuthorization().WithTags("Wallets");
        users.MapGet("", (WalletEndpoints calls, HttpContext context, string userId) => calls.Balance(context, userId)).DescribeBalance();
        users.MapGet("/transfers", (WalletEndpoints calls, HttpContext context, string userId) => calls.Statement(context, userId))
            .DescribeStatement();
    }
}
