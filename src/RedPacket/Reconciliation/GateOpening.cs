using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Reconciliation;

/// <summary>What an opening found and mended.</summary>
internal sealed record OpeningCount(int Packets, int Rebuilt, int Claims, int PutBack, int Forgotten);

/// <summary>
/// One opening of one shard's gate. All its writes carry a token and do nothing once another opener has taken over, so that one that was
/// stopped and wakes late changes nothing.
/// </summary>
internal sealed class GateOpening(IConnectionMultiplexer redis, int shard, TimeProvider clock)
{
    /// <summary>How long a silent opener keeps others from opening.</summary>
    private const int LifeMs = 10_000;
    private static readonly string BeginScript = MoneyScript.ReadText("begin.lua");
    private static readonly string RebuildScript = MoneyScript.ReadText("rebuild.lua");
    private static readonly string OpenScript = MoneyScript.ReadText("open.lua");
    private readonly IDatabase _redis = redis.GetDatabase();
    private readonly string _token = Guid.NewGuid().ToString("N");

    /// <summary>Takes the right to open; false while another has it.</summary>
    public Task<bool> Take() => _redis.StringSetAsync(PacketKeys.Opener(shard), _token, TimeSpan.FromMilliseconds(LifeMs), When.NotExists);

    /// <summary>Gives the right back after a failure, if it is still this opener's.</summary>
    public Task GiveUp() => _redis.ScriptEvaluateAsync("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1", [PacketKeys.Opener(shard)], [_token]);

    /// <summary>Closes the old run and moves seq beyond all that was seen; with fences, puts one into each lane.</summary>
    public Task Begin(long highestSeq, bool fences) => Write(BeginScript, [PacketKeys.Opener(shard), PacketKeys.Meta(shard), PacketKeys.Out(shard)],
        [_token, highestSeq, LifeMs, .. fences ? Fences : []]);

    /// <summary>
    /// Waits until both fences have come out at the other end of their lanes: then nothing sent before is still on its way. True when they did in
    /// time; otherwise they are taken away, and a straggler that comes later is told from a duplicate by the ledger.
    /// </summary>
    public async Task<bool> WaitForFences(TimeSpan limit, CancellationToken cancellation)
    {
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < limit; await Task.Delay(TimeSpan.FromMilliseconds(25), clock, cancellation))
        {
            if ((await _redis.SortedSetScoresAsync(PacketKeys.Out(shard), Fences)).All(seq => seq is null))
                return true;
            await Renew();
        }

        await _redis.SortedSetRemoveAsync(PacketKeys.Out(shard), Fences);
        return false;
    }

    /// <summary>Keeps the right to open, or throws when another has it.</summary>
    public Task Renew() => Write("if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end redis.call('PEXPIRE', KEYS[1], ARGV[2]) return 'kept'",
        [PacketKeys.Opener(shard)], [_token, LifeMs]);

    /// <summary>Adds to a packet, and to the outbox, as <c>rebuild.lua</c> says.</summary>
    public Task Rebuild(string packetId, PacketAdditions additions) => Write(RebuildScript,
        [
            PacketKeys.Opener(shard), PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard),
            PacketKeys.Packet(shard, packetId), PacketKeys.Shares(shard, packetId),
        ],
        [
            _token, LifeMs, packetId, PacketId.MillisecondsOf(packetId), additions.LiveScore, additions.Shares, additions.Fields.Count,
            .. additions.Fields.SelectMany(field => (RedisValue[])[field.Name, field.Value]), .. additions.Lines.Select(line => (RedisValue)line),
        ]);

    /// <summary>Loads the scripts under a new nonce where the shard lives, and opens.</summary>
    public async Task Open()
    {
        var run = Guid.NewGuid().ToString("N");
        var server = await ShardGate.ServerOf(redis, shard);
        foreach (var script in MoneyScript.All)
            await server.ScriptLoadAsync(script.TextFor(run));
        CrashPoint.Pass(CrashPoint.GateScriptsLoaded);
        await Write(OpenScript, [PacketKeys.Opener(shard), PacketKeys.Meta(shard)], [_token, run]);
    }

    private RedisValue[] Fences => [$"x {_token} live", $"x {_token} slow"];

    private async Task Write(string script, RedisKey[] keys, RedisValue[] values)
    {
        if ((string?)await _redis.ScriptEvaluateAsync(script, keys, values) == "lost")
            throw new OpeningLostException(shard);
    }
}

/// <summary>Another process is opening the gate: this one has nothing more to do.</summary>
internal sealed class OpeningLostException(int shard) : Exception($"Another opener has taken over shard {shard}.");

/// <summary>What is to be added to one packet.</summary>
/// <param name="LiveScore">Its place in live, or empty to leave it.</param>
/// <param name="Shares">The text of the shares, or empty to leave them.</param>
internal sealed record PacketAdditions(IReadOnlyList<(string Name, string Value)> Fields, IReadOnlyList<string> Lines, string LiveScore = "", string Shares = "");
