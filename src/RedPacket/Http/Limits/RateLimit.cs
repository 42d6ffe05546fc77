using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Http.Limits;

/// <summary>A limit per user, if one is set. There is none by default: the service is made for a crowd on one packet.</summary>
internal static class RateLimit
{
    public static void AddRateLimit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<RateLimitOptions>(configuration);
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = 429;
            limiter.OnRejected = (rejected, _) => new ValueTask(EdgeProblems.ForStatus(429)!.ExecuteAsync(rejected.HttpContext));
        });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>>((limiter, options) =>
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
                context => Partition(context, options.Value.PermitsPerSecond)));
    }

    /// <summary>Adds nothing to the pipeline when there is no limit.</summary>
    public static void UseRateLimit(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<RateLimitOptions>>().Value.PermitsPerSecond > 0)
            app.UseRateLimiter();
    }

    /// <summary>
    /// A caller without identity has no limit: health, metrics and pages are open to all, and the rest is refused with 401 at little cost.
    /// </summary>
    private static RateLimitPartition<string> Partition(HttpContext context, int permitsPerSecond) =>
        context.UserId() is { Length: > 0 } user
        ? RateLimitPartition.GetTokenBucketLimiter(user, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = permitsPerSecond,
            TokensPerPeriod = permitsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        })
        : RateLimitPartition.GetNoLimiter("");
}
