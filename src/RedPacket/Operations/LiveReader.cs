using Microsoft.EntityFrameworkCore;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Reports.History;
using static RedPacket.Comparison.Verdict;

namespace RedPacket.Operations;

/// <summary>
/// Reads one sample. Rates come from counters that all processes share, so every process answers the same rates.
/// </summary>
internal sealed class LiveReader(
    StoreSampler sampler, RelayStatus relay, ShardGate gate, HealthReader health, ProcessorUse processor, IServiceProvider services,
    TimeProvider clock)
{
    public async Task<LiveNumbers> Read(LiveNumbers? before, CancellationToken cancellation)
    {
        var numbers = await ReadRedis();
        var ledger = await ReadLedger(cancellation);
        var totals = new LiveTotals(numbers?.Sent, numbers?.Grabs, numbers?.GrabsFen, ledger?.Transfers);
        var bus = await Bus();
        var now = clock.GetUtcNow();
        var seconds = before is null ? 0 : (now - before.At).TotalSeconds;
        bool? open = numbers is { Shards.Count: > 0 } ? numbers.Shards.All(gate.IsOpen) : null;
        var word = Verdict(numbers?.Outbox, ledger?.Parked, open != true || ledger is null, LastVerdict);
        var rates = new LiveRates(
            Rate(before?.Totals.Granted, totals.Granted, seconds), Rate(before?.Totals.Settled, totals.Settled, seconds));
        return new LiveNumbers(now, rates, totals, numbers?.Outbox, Relayed(shard => shard.Entries),
            numbers is null ? null : (long)numbers.Age(now).TotalMilliseconds, word)
        {
            Grabs = Grabs(seconds),
            Slow = Relayed(shard => shard.Slow),
            Parked = ledger?.Parked,
            Gate = NameOf(open),
            Store = NameOf(numbers is null ? PartStatus.Down : PartStatus.Up),
            Bus = bus,
            Ledger = Ledger(ledger),
            Cpu = processor.Cores(seconds),
            ConsistentForMs = For(word is Consistent, before?.ConsistentForMs, seconds),
            ConvergingForMs = For(word is not null and not Consistent, before?.ConvergingForMs, seconds),
            Faults = services.GetService<StagedFaults>()?.Now(),
        };
    }

    // Only a process with the role reconcile makes reports. Another one may listen to it.
    private string? LastVerdict => services.GetService<ReportHistory>() is { } history
        ? history.Newest?.Verdict
        : services.GetService<PeerVerdict>()?.Verdict;

    /// <summary>A counter that went back belongs to a store that was emptied: no rate.</summary>
    internal static double? Rate(long? before, long? now, double seconds) =>
        now - before is >= 0 and var more && seconds > 0 ? Math.Round(more / seconds, 1) : null;

    /// <summary>
    /// The verdict that the next report would give, as far as this sample can tell. Entries in flight never hide that
    /// something is wrong. Null in a process that knows of no report, unless the sample has parked entries or entries
    /// in flight.
    /// </summary>
    internal static string? Verdict(long? outbox, long? parked, bool unread, string? last) =>
        parked > 0 || last == Inconsistent ? Inconsistent
        : outbox > 0 || (unread && last is not null) ? Converging
        : last;

    /// <summary>For how long something has been true: 0 in its first sample, null when it is not.</summary>
    internal static long? For(bool holds, long? before, double seconds) =>
        !holds ? null : before is { } sofar ? sofar + (long)(seconds * 1000) : 0;

    private long? Relayed(Func<ShardRelayStatus, long> count) =>
        relay.Shards is { Count: > 0 } shards ? shards.Sum(count) : null;

    private LiveGrabs? Grabs(double seconds) => services.GetService<GrabMeter>()?.Take() is { } figures
        ? new LiveGrabs(Rate(0, figures.Answers, seconds), figures.P50Ms, figures.P99Ms, figures.Refused)
        : null;

    // The relay sees a send fail before the bus sees that its connection is gone.
    private async Task<string?> Bus() =>
        relay.BrokerUp == false ? NameOf(PartStatus.Down) : NameOf((await health.Bus())?.Status);

    private string? Ledger(LedgerSeen? seen) => services.GetService<IDbContextFactory<LedgerDbContext>>() is null ? null
        : NameOf(seen is null ? PartStatus.Down : health.Ledger()?.Status ?? PartStatus.Up);

    private static string? NameOf(PartStatus? status) =>
        status switch { null => null, PartStatus.Down => "down", _ => "up" };

    // The gate's words in the live numbers.
    private static string? NameOf(bool? open) => open switch { null => null, true => "open", false => "closed" };

    private async Task<StoreNumbers?> ReadRedis()
    {
        try
        {
            return await sampler.Read();
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return null;
        }
    }

    /// <summary>Null when the ledger cannot be read, or this process has none.</summary>
    private async Task<LedgerSeen?> ReadLedger(CancellationToken cancellation)
    {
        if (services.GetService<IDbContextFactory<LedgerDbContext>>() is not { } factory)
            return null;
        try
        {
            await using var db = await factory.CreateDbContextAsync(cancellation);
            // Transfers are numbered from 1 and never deleted: the highest number is their count.
            return new LedgerSeen(await db.Transfers.MaxAsync(transfer => (long?)transfer.Id, cancellation) ?? 0,
                await db.Parked.LongCountAsync(entry => entry.ResolvedAt == null, cancellation));
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            return null;
        }
    }

    private sealed record LedgerSeen(long Transfers, long Parked);
}

/// <summary>Processor time of this process between two calls. It serves one reader.</summary>
internal sealed class ProcessorUse
{
    private TimeSpan _last = Environment.CpuUsage.TotalTime;

    /// <summary>Cores used since the last call; null when the seconds since then are not known.</summary>
    public double? Cores(double seconds)
    {
        var now = Environment.CpuUsage.TotalTime;
        var used = now - _last;
        _last = now;
        return seconds > 0 ? Math.Round(used.TotalSeconds / seconds, 3) : null;
    }
}
