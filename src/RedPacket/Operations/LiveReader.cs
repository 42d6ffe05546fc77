using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Outbox;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>Reads one sample. Rates are differences of counters that every process adds to, so they are the same whichever process is asked.</summary>
internal sealed class LiveReader(StoreReader store, RelayState relay, LastVerdict verdict, IServiceProvider services, TimeProvider time)
{
    public async Task<LiveNumbers> Read(LiveNumbers? before, CancellationToken cancellationToken)
    {
        var numbers = await Store();
        var totals = new LiveTotals(numbers?.Sent, numbers?.Grabs, numbers?.GrabsFen, await Settled(cancellationToken));
        var now = time.GetUtcNow();
        var seconds = before is null ? 0 : (now - before.At).TotalSeconds;
        return new LiveNumbers(now, new LiveRates(Rate(before?.Totals.Granted, totals.Granted, seconds), Rate(before?.Totals.Settled, totals.Settled, seconds)), totals,
            numbers?.Outbox, Queue(), numbers is null ? null : (long)numbers.Age(now).TotalMilliseconds,
            Verdict(numbers?.Outbox, verdict.Verdict));
    }

    /// <summary>A counter that went back belongs to a store that was emptied: no rate.</summary>
    internal static double? Rate(long? before, long? now, double seconds) => now - before is >= 0 and var more && seconds > 0 ? Math.Round(more / seconds, 1) : null;

    /// <summary>What is wrong stays wrong while other things are on their way.</summary>
    internal static string? Verdict(long? outbox, string? last) => outbox > 0 && last != "INCONSISTENT" ? "CONVERGING" : last;

    private long? Queue() => relay.Shards is { Count: > 0 } shards ? shards.Sum(shard => shard.Entries) : null;

    private async Task<StoreNumbers?> Store()
    {
        try
        {
            return await store.Read();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Transfers are numbered from 1 and never deleted: the highest number is their count, without counting.</summary>
    private async Task<long?> Settled(CancellationToken cancellationToken)
    {
        if (services.GetService<IDbContextFactory<LedgerDbContext>>() is not { } factory)
            return null;
        try
        {
            await using var context = await factory.CreateDbContextAsync(cancellationToken);
            return await context.Transfers.MaxAsync(transfer => (long?)transfer.Id, cancellationToken) ?? 0;
        }
        catch (Exception exception) when (LedgerOutage.IsOutage(exception))
        {
            return null;
        }
    }
}
