using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>
/// Keeps readiness red while the store may lose data, and says what to do. It looks again and again: Redis may start late, and its settings
/// or servers may change while the service runs.
/// </summary>
internal sealed class StoreGuard(
    IServiceProvider services, IConfiguration configuration, IOptions<RedisOptions> options, TimeProvider clock, ILogger<StoreGuard> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_untilAnswer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(30);
    private readonly StoreDescription? _given = services.GetService<StoreDescription>();
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _answered;
    private volatile Judgement _judgement = new(StoreDescription.NotYet, null);

    /// <summary>The store as last seen.</summary>
    public StoreDescription Store => _given ?? _judgement.Store;

    /// <summary>
    /// Why the store is refused, with the remedy. Null when it is accepted, when loss is allowed, or before its first answer.
    /// </summary>
    public string? Refusal => _given is null && !options.Value.AllowVolatile ? _judgement.Refusal : null;

    /// <summary>Returns when the store has answered for the first time, or after the limit.</summary>
    public Task FirstLook(TimeSpan limit) => _given is not null ? Task.CompletedTask : Task.WhenAny(_looked.Task, Task.Delay(limit, clock));

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_given is not null)
            return Task.CompletedTask;
        var inspector = new StoreInspector(configuration.GetConnectionString("Redis") ?? "");
        return new Loop(clock, IsOutage, outage => logger.StoreNotInspected(outage.Message))
            .Run(() => _answered ? s_between : s_untilAnswer, _ => Look(inspector), stoppingToken);
    }

    private async Task Look(StoreInspector inspector)
    {
        _answered = false;
        if (await inspector.Inspect() is not { Count: > 0 } facts)
            return;
        // Of several servers the least durable one counts.
        Judge(facts.MaxBy(fact => Weakness(fact.Describe().Durability))!);
        _answered = true;
    }

    private static bool IsOutage(Exception exception) => RedisOutage.Is(exception) || exception is RedisCommandException;

    private void Judge(StoreFacts facts)
    {
        var before = _judgement;
        var now = new Judgement(facts.Describe(), facts.Refusal());
        _judgement = now;
        _looked.TrySetResult();
        if (now == before)
            return;
        if (now.Refusal is null)
            logger.StoreAccepted(now.Store.Version, now.Store.Durability, now.Store.Detail);
        else if (options.Value.AllowVolatile)
            logger.VolatileStoreAllowed(now.Store.Detail);
        else
            logger.StoreRefused(now.Refusal);
    }

    private static int Weakness(string durability) => Array.IndexOf(
        [
            StoreDescription.Durable, StoreDescription.Unknown, StoreDescription.LastSecond, StoreDescription.LastHalfMinute,
            StoreDescription.Volatile,
        ],
        durability);

    private sealed record Judgement(StoreDescription Store, string? Refusal);
}
