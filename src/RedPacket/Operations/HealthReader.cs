using Microsoft.Extensions.Diagnostics.HealthChecks;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Http.Identity;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>
/// Looks at every part now. A part that does not answer within a second is down: a load balancer asks often and needs
/// an early answer.
/// </summary>
internal sealed class HealthReader(
    IConnectionMultiplexer redis, GateReader openShards, StoreSampler reader, StoreGuard guard, HealthCheckService checks,
    IServiceProvider services, TimeProvider clock)
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Older entries need attention. A ledger that is down makes them old, but that is no reason to stop granting.
    /// </summary>
    private static readonly TimeSpan s_oldEntry = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Task<HealthParts>? _look;
    private long _lookedAt;

    /// <summary>The parts as they were at most 250 ms ago: anybody may ask, as often as they like.</summary>
    public Task<HealthParts> Look()
    {
        lock (_lock)
        {
            if (_look is null || (_look.IsCompleted && clock.GetElapsedTime(_lookedAt) >= s_fresh))
                (_look, _lookedAt) = (LookNow(), clock.GetTimestamp());
            return _look;
        }
    }

    private async Task<HealthParts> LookNow()
    {
        var store = Try("store", async () =>
        {
            await redis.Primary().PingAsync();
            return guard.Warning is { } words ? Part.Degraded(words) : Part.Up;
        });
        var gates = Try("gate", Gates);
        var outbox = Try("outbox", Outbox);
        var bus = Bus();
        return new HealthParts(await store, Durability(), await gates, await bus, Ledger(), await outbox, Issuer());
    }

    /// <summary>Keys that were read once stay valid while the issuer is away.</summary>
    private Part? Issuer() => services.GetService<IssuerKeys>()?.State switch
    {
        null => null,
        { Reason: null, ReadAt: not null } => Part.Up,
        { ReadAt: { } readAt } state => Part.Degraded($"The keys of {WireTime.Text(readAt)} are used: {state.Reason}"),
        var state => Part.Down($"The issuer's keys were never read. {state.Reason}".TrimEnd()),
    };

    private Part Durability() => guard.Refusal is { } remedy ? Part.Down(remedy)
        : guard.Store.Durability switch
        {
            StoreDescription.Durable => Part.Up,
            StoreDescription.Unknown when guard.Store == StoreDescription.NotYet => Part.Down(guard.Store.Detail),
            var words => Part.Degraded($"{words}: {guard.Store.Detail}"),
        };

    // A shard that is shut takes no other out of the load balancer.
    private async Task<Part> Gates()
    {
        var gates = await openShards.Read();
        var shut = string.Join(", ", gates.Where(each => !each.Value).Select(each => each.Key).Order());
        return shut.Length == 0 ? Part.Up
            : gates.Values.Any(open => open) ? Part.Degraded($"Shut or away: shard {shut}. The other shards work.")
            : Part.Down($"Shut until a reconcile process has opened it under a new run: shard {shut}.");
    }

    private async Task<Part> Outbox()
    {
        var numbers = await reader.Read();
        var age = numbers.Age(clock.GetUtcNow());
        return age < s_oldEntry
            ? Part.Up
            : Part.Degraded($"{numbers.Outbox} entries are in flight to the ledger, the oldest for {age.TotalSeconds:F0} s.");
    }

    /// <summary>The buses of this process as MassTransit sees them; null when it has none.</summary>
    public async Task<Part?> Bus()
    {
        var report = await checks.CheckHealthAsync(check => check.Tags.Contains("masstransit"));
        if (report.Entries.Count == 0)
            return null;
        string[] bad = [.. report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy)
            .Select(entry => $"{entry.Key}: {entry.Value.Description}")];
        return bad.Length == 0 ? Part.Up : Part.Down(string.Join("; ", bad));
    }

    /// <summary>The ledger as the writer of this process sees it; null when it has none.</summary>
    public Part? Ledger() => services.GetService<Journal>()?.State switch
    {
        null => null,
        { Up: true } => Part.Up,
        { DownSince: { } since } state =>
            Part.Down($"Away since {WireTime.Text(since)}: {state.Reason} {state.WaitingChunks} chunks are waiting."),
        var state => Part.Down($"Not opened yet. {state.Reason}".TrimEnd()),
    };

    private async Task<Part> Try(string what, Func<Task<Part>> look)
    {
        try
        {
            return await look().WaitAsync(s_limit, clock);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return Part.Down($"Redis did not answer within a second ({what}).");
        }
    }
}
