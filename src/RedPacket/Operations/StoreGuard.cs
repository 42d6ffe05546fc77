using System.Globalization;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>
/// Refuses a store that may lose data, and says what to do: sends and grabs answer 503, and readiness is red. It looks
/// again and again: Redis may start late, and its settings or servers may change while the service runs.
/// </summary>
internal sealed class StoreGuard(
    IServiceProvider services, StoreRefusal refusal, IConfiguration configuration, IOptions<RedisOptions> options, TimeProvider clock,
    ILogger<StoreGuard> logger) : BackgroundService
{
    private const string AllowedBySetting = "allowed by Redis:AllowVolatile";
    private const double MuchMemory = 0.8;
    private static readonly TimeSpan s_untilAnswer = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(30);
    private readonly StoreDescription? _given = services.GetService<StoreDescription>();
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _answered;
    private bool _waits;
    private double? _memoryUse;
    private volatile bool _writesAlone;
    private volatile Judgement _judgement = new(StoreDescription.NotYet, null);

    /// <summary>The store as last seen.</summary>
    public StoreDescription Store => _given ?? _judgement.Store;

    /// <summary>
    /// Why the store is refused, with the remedy. Null when it is accepted, when loss is allowed, or before its first
    /// answer.
    /// </summary>
    public string? Refusal => _given is null && !options.Value.AllowVolatile ? _judgement.Refusal : null;

    /// <summary>
    /// The largest part of a memory limit that a server uses, from 0 to 1; null when none has a limit.
    /// </summary>
    public double? MemoryUse => _memoryUse;

    /// <summary>In words, from four fifths of a memory limit on; null below.</summary>
    public string? MemoryWarning => MemoryUse is >= MuchMemory and var use
        ? string.Create(CultureInfo.InvariantCulture,
            $"Redis uses {Math.Floor(use * 100)} % of its memory limit. At 100 % sends and grabs answer 503: raise maxmemory.")
        : null;

    /// <summary>
    /// In words, when a primary that is cut off from its replicas would go on; else null (PROTOCOL 4.5).
    /// </summary>
    public string? ReplicaWarning => _writesAlone
        ? "Redis has replicas and min-replicas-to-write 0. A primary that is cut off grants on, beside the replica that took its place. "
            + "Set min-replicas-to-write 1."
        : null;

    /// <summary>A change that a person should make although all works, in words; null for none.</summary>
    public string? Warning => (MemoryWarning, ReplicaWarning) is ({ } memory, { } replicas)
        ? $"{memory} {replicas}"
        : MemoryWarning ?? ReplicaWarning;

    /// <summary>Returns when the store has answered for the first time, or after the limit.</summary>
    public Task FirstLook(TimeSpan limit) =>
        _given is not null ? Task.CompletedTask : Task.WhenAny(_looked.Task, Task.Delay(limit, clock));

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Called before the process listens: nothing is granted on a store that nobody has looked at.
        if (_given is null && !options.Value.AllowVolatile)
            refusal.Begin(Outage.Store, StoreDescription.NotYet.Detail);
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_given is not null)
            return Task.CompletedTask;
        var inspector = new RedisInspector(configuration.GetConnectionString("Redis") ?? "");
        return new Loop(clock, IsOutage, outage => logger.RedisNotInspected(outage.Message))
            .Run(() => _answered ? s_between : s_untilAnswer, _ => Look(inspector), stoppingToken);
    }

    private async Task Look(RedisInspector inspector)
    {
        _answered = false;
        if (await inspector.Inspect() is not { Count: > 0 } facts)
        {
            Wait(inspector.Servers);
            return;
        }

        // Of several servers the least durable one counts.
        NoteMemory(facts.Max(fact => fact.MemoryUse));
        NoteReplicas(facts.Any(fact => fact.WritesAlone));
        Judge(facts.MaxBy(fact => Weakness(fact.Describe().Durability))!);
        _answered = true;
    }

    // Said once, until it is below again.
    private void NoteMemory(double? use)
    {
        var before = MemoryWarning;
        _memoryUse = use;
        if (before is null && MemoryWarning is { } words)
            logger.MemoryFills(words);
    }

    private void NoteReplicas(bool writeAlone)
    {
        var before = _writesAlone;
        _writesAlone = writeAlone;
        if (!before && ReplicaWarning is { } words)
            logger.PrimaryWritesAlone(words);
    }

    private static bool IsOutage(Exception exception) =>
        RedisOutage.Is(exception) || exception is RedisCommandException;

    // Said once, and only before the first answer. A store that is lost later is reported by those who miss it.
    private void Wait(string servers)
    {
        if (!_waits && !_looked.Task.IsCompleted)
            logger.WaitingForStore(servers);
        _waits = true;
    }

    private void Judge(RedisFacts facts)
    {
        var before = _judgement;
        var now = new Judgement(Described(facts), facts.Refusal());
        _judgement = now;
        if (Refusal is { } reason)
            refusal.Begin(Outage.VolatileStore, reason);
        else
            refusal.End();
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

    private StoreDescription Described(RedisFacts facts) => facts.Describe() is var store && facts.Refusal() is null ? store
        : store with { Detail = $"{store.Detail}, {(options.Value.AllowVolatile ? AllowedBySetting : "refused")}" };

    private static int Weakness(string durability) => Array.IndexOf(
        [
            StoreDescription.Durable, StoreDescription.Unknown, StoreDescription.LastSecond, StoreDescription.LastHalfMinute,
            StoreDescription.Volatile,
        ],
        durability);

    private sealed record Judgement(StoreDescription Store, string? Refusal);
}
