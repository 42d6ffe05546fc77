using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Messages;

namespace RedPacket.Wallets;

/// <summary>
/// The moment through which everything granted is in the ledger: just before the oldest entry of any outbox. Entries
/// that were put back are at the end with an old time, so all of them are looked at. If there are too many for that,
/// nothing in flight is older than the oldest packet that is not archived. The same holds for a shard that is shut or
/// being compared: its outbox may lack entries. Read it before the ledger.
/// </summary>
internal sealed class SettledThrough(RedisReader redis, ComparedShards compared, IOptions<WalletsOptions> options, TimeProvider clock)
    : IDisposable
{
    private const int PerPage = 5000;
    private const int PagesAtMost = 10;

    // A packet's time comes from the clock of a process, its claims' from Redis's.
    private const long ClocksDifferByMs = 60_000;
    private readonly SemaphoreSlim _one = new(1);
    private long _readAt;
    private DateTimeOffset? _bound;

    /// <summary>The bound; one read a moment ago stays true. Throws when Redis cannot be read.</summary>
    public async Task<DateTimeOffset> Read(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_bound is { } bound && clock.GetElapsedTime(_readAt) < options.Value.SettledThroughEvery)
                return bound;
            var read = await ReadAll();
            (_bound, _readAt) = (read, clock.GetTimestamp());
            return read;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<DateTimeOffset> ReadAll()
    {
        var oldest = await redis.Now();
        foreach (var shard in await redis.Shards())
            oldest = Math.Min(oldest, await Oldest(shard));
        return DateTimeOffset.FromUnixTimeMilliseconds(oldest - 1);
    }

    private async Task<long> Oldest(int shard)
    {
        if ((await compared.Ask(shard)).Run is null)
            return await OldestPossible(shard);
        var oldest = long.MaxValue;
        var above = double.NegativeInfinity;
        for (var page = 0; page < PagesAtMost; page++)
        {
            var entries = await redis.Outbox(shard, above, PerPage);
            foreach (var entry in entries)
            {
                if (!Entry.TryParse(entry.Element!, out var read))
                    return await OldestPossible(shard);
                oldest = Math.Min(oldest, read!.AtMs);
            }
            if (entries.Length < PerPage)
                return oldest;
            above = entries[^1].Score;
        }
        return Math.Min(oldest, await OldestPossible(shard));
    }

    private async Task<long> OldestPossible(int shard) =>
        (await redis.OldestMade(shard) ?? ClocksDifferByMs) - ClocksDifferByMs;
}
