using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Messages;

namespace RedPacket.Wallets;

/// <summary>What the outboxes held at one moment.</summary>
/// <param name="SettledThrough">Everything granted up to then is in the ledger.</param>
/// <param name="Payments">
/// Grabs and refunds by the user whom they pay. Null when not all of them are known: too many, a line that cannot be
/// read, or a shard that is shut or being compared.
/// </param>
internal sealed record InFlight(DateTimeOffset SettledThrough, ILookup<string, Entry>? Payments);

/// <summary>
/// Reads what is in flight to the ledger. Entries that were put back are at the end of an outbox with an old time, so
/// all of them are looked at. If there are too many for that, nothing in flight is older than the oldest packet that is
/// not archived. The same holds for a shard that is shut or being compared: its outbox may lack entries. Read it before
/// the ledger.
/// </summary>
internal sealed class InFlightReader(RedisReader redis, ComparedShards compared, IOptions<WalletsOptions> options, TimeProvider clock)
    : IDisposable
{
    private const int PerPage = 5000;
    private const int PagesAtMost = 10;

    // A packet's time comes from the clock of a process, its claims' from Redis's.
    private const long ClocksDifferByMs = 60_000;

    // Readings of full outboxes take a fifth of a core at most.
    private const int RestTimes = 4;
    private static readonly TimeSpan s_longestRest = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _one = new(1);
    private long _readAt;
    private TimeSpan _rest;
    private InFlight? _last;

    /// <summary>
    /// What was in flight now or a moment ago: the bound of an older reading stays true. Throws when Redis cannot be read.
    /// </summary>
    public async Task<InFlight> Read(CancellationToken cancellation)
    {
        var every = options.Value.SettledThroughEvery;
        await _one.WaitAsync(cancellation);
        try
        {
            if (_last is { } last && clock.GetElapsedTime(_readAt) is var age && (age < every || (age < _rest && every > TimeSpan.Zero)))
                return last;
            var started = clock.GetTimestamp();
            _last = await ReadAll();
            _readAt = clock.GetTimestamp();
            var rest = RestTimes * clock.GetElapsedTime(started, _readAt);
            _rest = rest < s_longestRest ? rest : s_longestRest;
            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<InFlight> ReadAll()
    {
        var found = new Found { Oldest = long.MaxValue };
        foreach (var shard in await redis.Shards() is { Length: > 0 } known ? known : [0])
        {
            // Each shard grants by its own clock: what this one grants from now on is not older.
            found.Oldest = Math.Min(found.Oldest, await redis.Now(shard));
            if (await Add(shard, found))
                continue;
            found.IsWhole = false;
            found.Oldest = Math.Min(found.Oldest, await OldestPossible(shard));
        }
        var payments = found.Payments.ToLookup(entry => entry.UserId, StringComparer.Ordinal);
        return new InFlight(DateTimeOffset.FromUnixTimeMilliseconds(found.Oldest - 1), found.IsWhole ? payments : null);
    }

    // True when these are all entries in flight of the shard. Else some may be missing.
    private async Task<bool> Add(int shard, Found found)
    {
        if ((await compared.Ask(shard)).Run is null)
            return false;
        var above = double.NegativeInfinity;
        for (var page = 0; page < PagesAtMost; page++)
        {
            var lines = await redis.Outbox(shard, above, PerPage);
            foreach (var line in lines)
            {
                if (!Entry.TryParse(line.Element!, out var read))
                    return false;
                found.Add(read!);
            }
            if (lines.Length < PerPage)
                return true;
            above = lines[^1].Score;
        }
        return false;
    }

    private async Task<long> OldestPossible(int shard) =>
        (await redis.OldestMade(shard) ?? ClocksDifferByMs) - ClocksDifferByMs;

    /// <summary>A reading in progress. It keeps no more payments than memory is meant for.</summary>
    private sealed class Found
    {
        public long Oldest { get; set; }
        public bool IsWhole { get; set; } = true;
        public List<Entry> Payments { get; } = [];

        public void Add(Entry entry)
        {
            Oldest = Math.Min(Oldest, entry.AtMs);
            if (entry.Kind == EntryKind.Fund)
                return;
            if (Payments.Count < PagesAtMost * PerPage)
                Payments.Add(entry);
            else
                IsWhole = false;
        }
    }
}
