using RedPacket.Hosting;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>What an opening found and mended. <paramref name="Some"/>: the first entries, as repairs name them.</summary>
internal sealed record OpeningCount(int Packets, int Rebuilt, int Claims, int PutBack, int Forgotten, IReadOnlyList<string> Some)
{
    private const int Named = 20;

    /// <summary>The same with one packet more that was mended. <paramref name="isNew"/>: Redis had nothing of it.</summary>
    public OpeningCount With(GateMends packet, bool isNew) => this with
    {
        Rebuilt = Rebuilt + (isNew || packet.Claims + packet.PutBack > 0 ? 1 : 0),
        Claims = Claims + packet.Claims,
        PutBack = PutBack + packet.PutBack,
        Some = Some.Count < Named ? [.. Some, .. packet.Some.Take(Named - Some.Count)] : Some,
    };
}

/// <summary>What one packet lacked: claims written into it, entries put back into the outbox, and the first of both by name.</summary>
internal sealed record GateMends(int Claims, int PutBack, IReadOnlyList<string> Some);

/// <summary>
/// One opening of one shard's gate. All its writes carry a token and do nothing once another opener has taken over, so that one that was
/// stopped and wakes late changes nothing.
/// </summary>
internal sealed class GateOpening(IConnectionMultiplexer redis, int shard, TimeProvider clock)
{
    /// <summary>How long a silent opener keeps others from opening.</summary>
    private const int LifeMs = 10_000;
    private static readonly string s_beginScript = MoneyScript.ReadText("begin.lua");
    private static readonly string s_rebuildScript = MoneyScript.ReadText("rebuild.lua");
    private static readonly string s_openScript = MoneyScript.ReadText("open.lua");
    private readonly IDatabase _redis = redis.GetDatabase();

    /// <summary>What every write carries.</summary>
    public string Token { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The nonce of the run that this opening begins.</summary>
    public string Run { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Takes the right to open; false while another has it.</summary>
    public Task<bool> Take() => _redis.StringSetAsync(PacketKeys.Opener(shard), Token, TimeSpan.FromMilliseconds(LifeMs), When.NotExists);

    /// <summary>Gives the right back after a failure, if it is still this opener's.</summary>
    public Task GiveUp() => Lease.GiveUp(_redis, PacketKeys.Opener(shard), Token);

    /// <summary>
    /// Closes the old run and moves seq beyond all that was seen; with fences, puts one into each lane. Returns when, by Redis's clock (ms): before
    /// all that the new run will grant, after all that any earlier one has; and the highest seq that is used so far.
    /// </summary>
    public async Task<(long BeganAt, long HighestSeq)> Begin(long highestSeq, bool fences)
    {
        var answer = (long[])(await Write(s_beginScript, [PacketKeys.Opener(shard), PacketKeys.Meta(shard), PacketKeys.Out(shard)], [Token, highestSeq, LifeMs, .. fences ? Fences : []]))!;
        return (answer[0], answer[1]);
    }

    /// <summary>
    /// Waits until both fences have come out at the other end of their lanes: then nothing sent before is still on its way. True when they did in
    /// time; otherwise they are taken away, and a straggler that comes later is known by its run.
    /// </summary>
    public async Task<bool> WaitForFences(TimeSpan limit, CancellationToken cancellation)
    {
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < limit; await Task.Delay(TimeSpan.FromMilliseconds(25), clock, cancellation))
        {
            if ((await _redis.SortedSetScoresAsync(PacketKeys.Out(shard), Fences)).All(seq => seq is null))
                return true;
            await Renew();
        }

        await Write("if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end redis.call('ZREM', KEYS[2], ARGV[2], ARGV[3]) return 'done'",
            [PacketKeys.Opener(shard), PacketKeys.Out(shard)], [Token, .. Fences]);
        return false;
    }

    /// <summary>Keeps the right to open, or throws when another has it.</summary>
    public Task Renew() => Write("if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end redis.call('PEXPIRE', KEYS[1], ARGV[2]) return 'kept'",
        [PacketKeys.Opener(shard)], [Token, LifeMs]);

    /// <summary>Adds to a packet, and to the outbox, as <c>rebuild.lua</c> says.</summary>
    public Task Rebuild(PacketAdditions additions) => Write(s_rebuildScript,
        [
            PacketKeys.Opener(shard), PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard),
            PacketKeys.Packet(shard, additions.PacketId), PacketKeys.Shares(shard, additions.PacketId),
        ],
        [
            Token, LifeMs, additions.PacketId, PacketId.MillisecondsOf(additions.PacketId), additions.LiveScore, additions.Shares, additions.Fields.Count,
            .. additions.Fields.SelectMany(field => (RedisValue[])[field.Name, field.Value]), .. additions.Lines.Select(line => (RedisValue)line),
        ]);

    /// <summary>Takes a packet out of Redis that the ledger has as archived.</summary>
    public Task Forget(string packetId) => Write("""
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
        redis.call('DEL', KEYS[2], KEYS[3])
        redis.call('ZREM', KEYS[4], ARGV[2])
        redis.call('ZREM', KEYS[5], ARGV[2])
        return 'done'
        """, [PacketKeys.Opener(shard), PacketKeys.Packet(shard, packetId), PacketKeys.Shares(shard, packetId), PacketKeys.Made(shard), PacketKeys.Live(shard)], [Token, packetId]);

    /// <summary>Loads the scripts under the run's nonce where the shard lives, and opens.</summary>
    public async Task Open()
    {
        var server = await ShardGate.ServerOf(redis, shard);
        foreach (var script in MoneyScript.All)
            await server.ScriptLoadAsync(script.TextFor(Run));
        CrashPoint.Pass(CrashPoint.GateScriptsLoaded);
        await Write(s_openScript, [PacketKeys.Opener(shard), PacketKeys.Meta(shard)], [Token, Run]);
    }

    private RedisValue[] Fences => [$"x {Token} live", $"x {Token} slow"];

    private async Task<RedisResult> Write(string script, RedisKey[] keys, RedisValue[] values)
    {
        var answer = await _redis.ScriptEvaluateAsync(script, keys, values);
        return answer.Resp2Type == ResultType.BulkString && (string?)answer == "lost" ? throw new OpeningLostException(shard) : answer;
    }
}

/// <summary>Another process is opening the gate: this one has nothing more to do.</summary>
internal sealed class OpeningLostException(int shard) : Exception($"Another opener has taken over shard {shard}.");

/// <summary>What is to be added to one packet.</summary>
/// <param name="LiveScore">Its place in live, or empty to leave it.</param>
/// <param name="Shares">The text of the shares, or empty to leave them.</param>
internal sealed record PacketAdditions(string PacketId, IReadOnlyList<(string Name, string Value)> Fields, IReadOnlyList<string> Lines, string LiveScore = "", string Shares = "")
{
    /// <summary>The ordinals of the claims among the fields.</summary>
    public IReadOnlyList<int> Claims { get; init; } = [];
}
