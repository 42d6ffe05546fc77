using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>A shard's open run.</summary>
/// <param name="Id">Names the run.</param>
/// <param name="HighestSeq">No delivery number beyond it has been handed out.</param>
/// <param name="Shards">How many shards the house has, as this one was told.</param>
/// <param name="IsWalked">Its packets are still being compared with the ledger.</param>
/// <param name="Wanted">How many packets callers wait for.</param>
internal sealed record ShardRun(string Id, long HighestSeq, int Shards, bool IsWalked, long Wanted);

/// <summary>
/// The gates of all shards as this process last saw them. Calls wait here for a gate that is away. The money does not
/// rely on it: each script asks the seal where it is executed. It never opens a gate. The reconcile role does.
/// </summary>
internal sealed class ShardGate(IConnectionMultiplexer redis, IOptions<HoldOptions> hold, TimeProvider clock)
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_tryEvery = TimeSpan.FromMilliseconds(50);
    private static readonly ScriptFile s_look = new("look.lua", asksTheSeal: true);
    private readonly ConcurrentDictionary<int, GateView> _views = new();
    private readonly ConcurrentDictionary<int, Lazy<Task>> _waits = new();

    /// <summary>True when the last look found the gate open, and no call was refused since.</summary>
    public bool IsOpen(int shard) => _views.TryGetValue(shard, out var view) && view.Refusal is null;

    /// <summary>
    /// True for a shard that can never have had a packet. Says so only while another shard is open: Redis may have
    /// forgotten shards that the ledger knows, and these are added again before any gate opens.
    /// </summary>
    public async Task<bool> IsNeverUsed(int shard)
    {
        try
        {
            return _views.Values.Any(view => view.Refusal is null) && !await Shards.Has(redis.Primary(), shard);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return false;
        }
    }

    /// <summary>
    /// Returns null when a call is worth trying. A shard that went away within the last
    /// <see cref="HoldOptions.HoldFor"/> is waited for. One that has been away for longer is refused immediately, with
    /// the reason.
    /// </summary>
    public async ValueTask<OutageException?> Opens(int shard)
    {
        if (IsOpen(shard))
            return null;
        if (!_views.TryGetValue(shard, out var view))
        {
            if (await Look(shard) is not null)
                return null;
            view = _views[shard];
        }

        if (clock.GetElapsedTime(view.AwaySince) < hold.Value.HoldFor)
            await _waits.GetOrAdd(shard, number => new Lazy<Task>(() => Wait(number))).Value;
        else if (clock.GetElapsedTime(view.LookedAt) >= s_lookEvery)
            await IsBack(shard);
        return _views[shard].Refusal is { } refusal ? new OutageException(refusal.Outage, refusal.Message, refusal) : null;
    }

    /// <summary>The open run, as the server that holds the shard says; null while the gate is shut.</summary>
    public async Task<ShardRun?> Look(int shard)
    {
        var answer = await Ask(shard);
        if (answer.IsNull)
        {
            Refused(shard, Shut(shard));
            return null;
        }
        var now = clock.GetTimestamp();
        _views.AddOrUpdate(
            shard, _ => new GateView(null, now, now, IsServed: true), (_, view) => view with { Refusal = null, LookedAt = now });
        return new ShardRun(
            (string)answer[0]!, 2 * (long)answer[1] + 1, (int)answer[2], IsWalked: (string?)answer[3] == "1", (long)answer[4]);
    }

    /// <summary>A call was not executed. A shard that was served since the last time went away anew.</summary>
    public void Refused(int shard, OutageException refusal)
    {
        var now = clock.GetTimestamp();
        _views.AddOrUpdate(shard, _ => new GateView(refusal, now, now, IsServed: false), (_, view) =>
            new GateView(refusal, now, view.IsServed ? now : view.AwaySince, IsServed: false));
    }

    /// <summary>A call was executed. A look alone proves less: a slot that moves refuses calls though its gate is open.</summary>
    public void Served(int shard)
    {
        if (_views.TryGetValue(shard, out var view) && view is { Refusal: null, IsServed: false })
            _views.TryUpdate(shard, view with { IsServed = true }, view);
    }

    public static OutageException Shut(int shard) => new(Outage.Gate, $"The gate of shard {shard} is shut.");

    // One for all callers, so that a server which has just come back meets one call, not all of them. The shard may
    // refuse calls though its gate is open: a slot that moves refuses them until it has moved.
    private async Task Wait(int shard)
    {
        var awaySince = _views[shard].AwaySince;
        try
        {
            do
                await Task.Delay(s_tryEvery, clock);
            while (!await IsBack(shard) && clock.GetElapsedTime(awaySince) < hold.Value.HoldFor);
        }
        finally
        {
            _waits.TryRemove(shard, out _);
        }
    }

    private async Task<bool> IsBack(int shard)
    {
        try
        {
            return await Look(shard) is not null;
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return false;
        }
    }

    private async Task<RedisResult> Ask(int shard)
    {
        try
        {
            return await s_look.Evaluate(redis.Primary(), [PacketKeys.Meta(shard), PacketKeys.Wanted(shard)], []);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            Refused(shard, new OutageException(Outage.Store, $"Redis did not answer for shard {shard}: {exception.Message}", exception));
            throw;
        }
    }

    /// <param name="Refusal">Why calls are refused; null while they are served.</param>
    /// <param name="IsServed">A call was executed since the last refusal.</param>
    private sealed record GateView(OutageException? Refusal, long LookedAt, long AwaySince, bool IsServed);
}
