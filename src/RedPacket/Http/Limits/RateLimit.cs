using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Http.Limits;

/// <summary>
/// A limit per user, and one per address for callers without an identity, in this process. There is none by default:
/// the service is made for a crowd on one packet.
/// </summary>
internal static class RateLimit
{
    private static readonly string[] s_free = ["/health", "/metrics", "/assets"];

    public static void AddRateLimit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<RateLimitOptions>(configuration);
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = 429;
            limiter.OnRejected = (rejected, _) =>
            {
                var limits = rejected.HttpContext.RequestServices.GetRequiredService<IOptions<RateLimitOptions>>().Value;
                var most = rejected.HttpContext.UserId() is { Length: > 0 } ? limits.PermitsPerSecond : limits.AnonymousPerSecond;
                var headers = rejected.HttpContext.Response.Headers;
                headers["RateLimit-Limit"] = most.ToString(CultureInfo.InvariantCulture);
                headers["RateLimit-Remaining"] = "0";
                headers["RateLimit-Reset"] = "1";
                return new ValueTask(EdgeProblems.ForStatus(429)!.ExecuteAsync(rejected.HttpContext));
            };
        });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>>((limiter, options) =>
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
                context => Partition(context, options.Value)));
    }

    /// <summary>Adds nothing to the pipeline when there is no limit.</summary>
    public static void UseRateLimit(this WebApplication app)
    {
        if (IsPerUser(app.Services) || Options(app.Services).AnonymousPerSecond > 0)
            app.UseRateLimiter();
    }

    public static bool IsPerUser(IServiceProvider services) => Options(services).PermitsPerSecond > 0;

    private static RateLimitOptions Options(IServiceProvider services) =>
        services.GetRequiredService<IOptions<RateLimitOptions>>().Value;

    // A user id has no space, so no address can be taken for one. A balancer asks for health from the address that its
    // clients share, and a page has dozens of files.
    private static RateLimitPartition<string> Partition(HttpContext context, RateLimitOptions options) =>
        context.UserId() is { Length: > 0 } user ? Bucket(user, options.PermitsPerSecond)
            : s_free.Any(path => context.Request.Path.StartsWithSegments(path)) ? RateLimitPartition.GetNoLimiter("")
            : Bucket($"address {ClientNetwork.Of(context)}", options.AnonymousPerSecond);

    private static RateLimitPartition<string> Bucket(string name, int perSecond) => perSecond == 0
        ? RateLimitPartition.GetNoLimiter("")
        : RateLimitPartition.GetTokenBucketLimiter(name, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
}
