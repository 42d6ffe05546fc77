using System.Collections.Concurrent;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// What this process knows of each shard's gate: the run whose scripts may move money, or that it is shut.
/// It never opens a gate. The reconcile role does, after it has compared the packets with the ledger.
/// </summary>
internal sealed class ShardGate(IConnectionMultiplexer redis, TimeProvider clock)
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(100);
    private readonly ConcurrentDictionary<int, GateView> _views = new();

    /// <summary>True when the last look found the gate open, and no call was refused since.</summary>
    public bool IsOpen(int shard) => _views.TryGetValue(shard, out var view) && view.Run is not null;

    /// <summary>
    /// True for a shard that can never have had a packet. Says so only while another shard is open: Redis may have forgotten shards that
    /// the ledger knows, and these are added again before any gate opens.
    /// </summary>
    public async Task<bool> IsNeverUsed(int shard) =>
        _views.Values.Any(view => view.Run is not null) && !await Shards.Has(redis.GetDatabase(), shard);

    /// <summary>The open run, or null when the gate is shut. Asks Redis only while it is shut, at most ten times a second.</summary>
    public async ValueTask<ShardRun?> Current(int shard)
    {
        if (_views.TryGetValue(shard, out var view) && (view.Run is not null || clock.GetElapsedTime(view.LookedAt) < s_lookEvery))
            return view.Run;
        return await Look(shard);
    }

    /// <summary>
    /// Reads the shard's run from Redis, and checks that its scripts are loaded: a restarted Redis remembers the run and not the scripts.
    /// A run that refused a call never counts as open again.
    /// </summary>
    public async Task<ShardRun?> Look(int shard)
    {
        var view = _views.GetValueOrDefault(shard);
        var database = redis.GetDatabase();
        var nonce = (string?)await database.HashGetAsync(PacketKeys.Meta(shard), MetaFields.Run);
        var run = nonce is null || nonce == view?.Lost ? null
            : view?.Run is { } known && known.Nonce == nonce ? known : new ShardRun(nonce);
        if (run is not null && !await Knows(shard, run))
            run = null;
        _views[shard] = new GateView(run, view?.Lost, clock.GetTimestamp());
        return run;
    }

    /// <summary>The server that holds the shard.</summary>
    public static async Task<IServer> ServerOf(IConnectionMultiplexer redis, int shard)
    {
        var endpoint = await redis.GetDatabase().IdentifyEndpointAsync(PacketKeys.Meta(shard))
            ?? throw new StoreRefusedException(StoreRefusal.Unavailable, $"No server that can be reached holds shard {shard}.");
        return redis.GetServer(endpoint);
    }

    private async Task<bool> Knows(int shard, ShardRun run)
    {
        var server = await ServerOf(redis, shard);
        var exist = await Task.WhenAll(MoneyScript.All.Select(script => server.ScriptExistsAsync(run.HashOf(script))));
        return exist.All(exists => exists);
    }

    /// <summary>A call by this run's hash was refused: the gate counts as shut until another run is found.</summary>
    public void Refused(int shard, ShardRun run)
    {
        var shut = new GateView(null, run.Nonce, clock.GetTimestamp());
        _views.AddOrUpdate(shard, shut, (_, view) => view.Run is { } newer && newer.Nonce != run.Nonce ? view : shut);
    }

    private sealed record GateView(ShardRun? Run, string? Lost, long LookedAt);
}

/// <summary>One run of a shard: its nonce, and the hashes by which its scripts are called.</summary>
internal sealed class ShardRun(string nonce)
{
    private readonly Dictionary<MoneyScript, byte[]> _hashes =
        MoneyScript.All.ToDictionary(script => script, script => script.HashFor(nonce));

    public string Nonce => nonce;

    public byte[] HashOf(MoneyScript script) => _hashes[script];
}
