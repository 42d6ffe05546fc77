using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>
/// Keeps readiness red while the store is one that forgets, and says what to do about it. It goes on looking, because a Redis may be late, and because
/// settings are changed, and servers replaced, while the service runs.
/// </summary>
internal sealed class StoreGuard(IServiceProvider services, IConfiguration configuration, IOptions<RedisOptions> options, TimeProvider clock, ILogger<StoreGuard> logger) : BackgroundService
{
    private static readonly TimeSpan s_untilAnswer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(30);
    private readonly StoreDescription? _given = services.GetService<StoreDescription>();
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _answered;
    private volatile Judgement _judgement = new(StoreDescription.NotYet, null);

    /// <summary>What the store is, as last seen.</summary>
    public StoreDescription Store => _given ?? _judgement.Store;

    /// <summary>Why this store is not good enough, with the remedy; null when it is, when loss was accepted, or when it has not answered yet.</summary>
    public string? Refusal => _given is null && !options.Value.AllowVolatile ? _judgement.Refusal : null;

    /// <summary>Returns once the store has answered, and at the latest after the given time: for whoever tells of it at the start.</summary>
    public Task FirstLook(TimeSpan limit) => _given is not null ? Task.CompletedTask : Task.WhenAny(_looked.Task, Task.Delay(limit, clock));

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_given is not null)
            return Task.CompletedTask;
        var inspector = new StoreInspector(configuration.GetConnectionString("Redis") ?? "");
        return new Loop(clock, IsOutage, outage => OperationsLog.StoreNotInspected(logger, outage.Message))
            .Run(() => _answered ? s_between : s_untilAnswer, _ => Look(inspector), stoppingToken);
    }

    private async Task Look(StoreInspector inspector)
    {
        _answered = false;
        if (await inspector.Inspect() is not { Count: > 0 } facts)
            return;
        // The least durable of several speaks for all.
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
            OperationsLog.StoreAccepted(logger, now.Store.Version, now.Store.Durability, now.Store.Detail);
        else if (options.Value.AllowVolatile)
            OperationsLog.VolatileStoreAllowed(logger, now.Store.Detail);
        else
            OperationsLog.StoreRefused(logger, now.Refusal);
    }

    private static int Weakness(string durability) => Array.IndexOf(
        [StoreDescription.Durable, StoreDescription.Unknown, StoreDescription.LastSecond, StoreDescription.LastHalfMinute, StoreDescription.Volatile], durability);

    private sealed record Judgement(StoreDescription Store, string? Refusal);
}
