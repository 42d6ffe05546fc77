using System.Collections.Concurrent;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// What this process knows of each shard's gate: the run under which its scripts may move money, or that it is closed.
/// It never opens a gate; that is done by the reconcile role, after comparing the packets with the ledger.
/// </summary>
internal sealed class ShardGate(IConnectionMultiplexer redis, TimeProvider clock)
{
    private static readonly TimeSpan s_lookAgainAfter = TimeSpan.FromMilliseconds(100);
    private readonly ConcurrentDictionary<int, GateView> _views = new();

    /// <summary>True when the last look found the shard open, and no call has been refused since.</summary>
    public bool IsOpen(int shard) => _views.TryGetValue(shard, out var view) && view.Run is not null;

    /// <summary>
    /// True for a shard in which no packet can ever have been made. Said only while another shard is open: before that, Redis may have forgotten
    /// the shards that the ledger knows, and they are entered again before any gate opens.
    /// </summary>
    public async Task<bool> IsNeverUsed(int shard) =>
        _views.Values.Any(view => view.Run is not null) && !await redis.GetDatabase().SetContainsAsync(PacketKeys.Shards, shard);

    /// <summary>The open run, or null when the gate is closed. Redis is asked only while it is closed, ten times a second at the most.</summary>
    public async ValueTask<ShardRun?> Current(int shard)
    {
        if (_views.TryGetValue(shard, out var view) && (view.Run is not null || clock.GetElapsedTime(view.LookedAt) < s_lookAgainAfter))
            return view.Run;
        return await Look(shard);
    }

    /// <summary>
    /// Reads the shard's run from Redis, and asks whether its scripts are loaded: a Redis that was restarted remembers the run and not the scripts.
    /// A run that was once refused does not count as open again.
    /// </summary>
    public async Task<ShardRun?> Look(int shard)
    {
        var view = _views.GetValueOrDefault(shard);
        var database = redis.GetDatabase();
        var nonce = (string?)await database.HashGetAsync(PacketKeys.Meta(shard), MetaFields.Run);
        var run = nonce is null || nonce == view?.Lost ? null : view?.Run is { } known && known.Nonce == nonce ? known : new ShardRun(nonce);
        if (run is not null && !await Knows(shard, run))
            run = null;
        _views[shard] = new GateView(run, view?.Lost, clock.GetTimestamp());
        return run;
    }

    /// <summary>The server that holds the shard, which in a cluster may be any.</summary>
    public static async Task<IServer> ServerOf(IConnectionMultiplexer redis, int shard)
    {
        var endpoint = await redis.GetDatabase().IdentifyEndpointAsync(PacketKeys.Meta(shard))
            ?? throw new StoreRefusedException(StoreRefusal.Unavailable, $"No server that can be reached holds shard {shard}.");
        return redis.GetServer(endpoint);
    }

    private async Task<bool> Knows(int shard, ShardRun run)
    {
        var server = await ServerOf(redis, shard);
        return (await Task.WhenAll(MoneyScript.All.Select(script => server.ScriptExistsAsync(run.HashOf(script))))).All(exists => exists);
    }

    /// <summary>A call by this run's hash was refused: closed until another run is found.</summary>
    public void Refused(int shard, ShardRun run) =>
        _views.AddOrUpdate(shard, _ => new GateView(null, run.Nonce, clock.GetTimestamp()),
            (_, view) => view.Run is { } newer && newer.Nonce != run.Nonce ? view : new GateView(null, run.Nonce, clock.GetTimestamp()));

    private sealed record GateView(ShardRun? Run, string? Lost, long LookedAt);
}

/// <summary>One run of a shard: its nonce, and the hashes by which its scripts are called.</summary>
internal sealed class ShardRun(string nonce)
{
    private readonly Dictionary<MoneyScript, byte[]> _hashes = MoneyScript.All.ToDictionary(script => script, script => script.HashFor(nonce));

    public string Nonce => nonce;

    public byte[] HashOf(MoneyScript script) => _hashes[script];
}
