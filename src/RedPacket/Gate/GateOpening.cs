using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// One opening of one shard's gate. Each of its writes carries the right to open, and changes nothing once another
/// opener has taken over or another server holds the shard. An opener that was stopped and wakes late does no harm.
/// </summary>
/// <param name="isEmbedded">Accepts the embedded store, which has no replication history: its host shuts its gates at
/// each start.</param>
internal sealed class GateOpening(IConnectionMultiplexer redis, int shard, TimeProvider clock, bool isEmbedded = false)
{
    private static readonly TimeSpan s_fenceLook = TimeSpan.FromMilliseconds(25);
    private static readonly ScriptFile s_take = new("take.lua", asksTheSeal: true);
    private static readonly ScriptFile s_begin = new("begin.lua", asksTheSeal: true);
    private static readonly ScriptFile s_renew = new("renew.lua", asksTheSeal: true);
    private static readonly ScriptFile s_unfence = new("unfence.lua", asksTheSeal: true);
    private static readonly ScriptFile s_rebuild = new("rebuild.lua", asksTheSeal: true);
    private static readonly ScriptFile s_forget = new("forget.lua", asksTheSeal: true);
    private static readonly ScriptFile s_open = new("open.lua", asksTheSeal: true);
    private static readonly ScriptFile s_checked = new("checked.lua", asksTheSeal: true);
    private static readonly ScriptFile s_walked = new("walked.lua", asksTheSeal: true);
    private static readonly ScriptFile s_keep = new("keep.lua", asksTheSeal: true);
    private readonly IDatabase _redis = redis.Primary();

    // The token, and the replication id and node id of the server that is compared. Every write carries it.
    private string _right = "";
    private long _wroteAt = clock.GetTimestamp();

    public int Shard => shard;

    /// <summary>How long the right lives in Redis after each write.</summary>
    public int LifeMs { get; init; } = OpenerBeat.UsualSilenceMs;

    /// <summary>The right was given up or is lost, or the gate is open.</summary>
    public bool IsOver { get; private set; }

    /// <summary>How long ago this opening last wrote; the beat does not count.</summary>
    public TimeSpan Silence => clock.GetElapsedTime(_wroteAt);

    /// <summary>Names this opening.</summary>
    public string Token { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The id of the run that this opening begins.</summary>
    public string Run { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Takes the right to open; false while another has it.</summary>
    /// <exception cref="OutageException">No gate can be opened on this server. The message says why.</exception>
    public async Task<bool> Take()
    {
        RedisResult answer;
        try
        {
            answer = await s_take.Evaluate(
                _redis, [PacketKeys.Opener(shard), PacketKeys.Meta(shard)], [Token, LifeMs, isEmbedded ? "1" : ""]);
        }
        catch (RedisServerException refused) when (RefusesInfo(refused))
        {
            throw new OutageException(Outage.Store,
                "Redis does not let scripts ask INFO, so no gate can tell its data from older data. Allow the user +info, and "
                    + $"+cluster|myid in a cluster. A managed Redis that forbids it cannot be used. It said: {refused.Message}", refused);
        }

        switch ((string?)answer[0])
        {
            case "taken":
                _right = (string)answer[1]!;
                return true;
            case "held":
                return false;
            case "replica":
                throw new OutageException(Outage.Store, $"The server that answers for shard {shard} is a replica.");
            case "newer":
                throw new OutageException(Outage.Store,
                    $"The records of shard {shard} have version {answer[1]}, which a newer program writes. Update this program.");
            case "no-history":
                throw new OutageException(Outage.Store,
                    "The store has no replication id, so no gate can tell its data from older data. Use Redis 6.2 or later, or Valkey.");
            case var word:
                throw s_take.Unknown(word);
        }
    }

    /// <summary>Gives the right up, if this opening still has it.</summary>
    public Task Release()
    {
        IsOver = true;
        return Lease.Release(_redis, PacketKeys.Opener(shard), _right);
    }

    /// <summary>
    /// Ends the old run and moves seq beyond all that was seen. With fences, puts one into each lane. Returns a time by
    /// the clock of Redis (ms) between the last grant of any earlier run and the first of the new one, the highest seq
    /// that is used so far, and the border of the old run.
    /// </summary>
    public async Task<(long BeganAt, long HighestSeq, RunBorder Border)> Begin(long highestSeq, bool fences)
    {
        var answer = await Write(s_begin,
            [
                PacketKeys.Opener(shard), PacketKeys.Meta(shard), PacketKeys.Out(shard), PacketKeys.Wanted(shard), PacketKeys.Told(shard),
            ],
            [_right, highestSeq, LifeMs, .. fences ? Fences : []]);
        // The embedded store is not atomic across a kill, so its seq does not say what it knows.
        var border = new RunBorder((string)answer[4]!, isEmbedded ? 0 : (long)answer[3]);
        return ((long)answer[1], (long)answer[2], border);
    }

    /// <summary>
    /// Waits until both fences have left the outbox: then everything that was sent before them is recorded. True when
    /// they did in time. After the limit the fences are removed, and a chunk that arrives later is known by its run.
    /// </summary>
    public async Task<bool> WaitForFences(TimeSpan limit, CancellationToken cancellation)
    {
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < limit; await Task.Delay(s_fenceLook, clock, cancellation))
        {
            if ((await _redis.SortedSetScoresAsync(PacketKeys.Out(shard), Fences)).All(seq => seq is null))
                return true;
            await Renew();
        }

        await Write(s_unfence, [PacketKeys.Opener(shard), PacketKeys.Out(shard)], [_right, .. Fences]);
        return false;
    }

    /// <summary>Keeps the right to open, or throws when another has it.</summary>
    public Task Renew()
    {
        _wroteAt = clock.GetTimestamp();
        return Beat();
    }

    /// <summary>Keeps the right beside the work of this opening, or throws when another has it.</summary>
    public Task Beat() => Write(s_renew, [PacketKeys.Opener(shard)], [_right, LifeMs], isWork: false);

    /// <summary>Adds to a packet and to the outbox.</summary>
    public Task Rebuild(PacketAdditions additions) => Write(s_rebuild,
        [
            PacketKeys.Opener(shard), PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard),
            PacketKeys.Packet(shard, additions.PacketId), PacketKeys.Shares(shard, additions.PacketId), PacketKeys.Told(shard),
            PacketKeys.Held(shard),
        ],
        [
            _right, LifeMs, additions.PacketId, PacketId.MillisecondsOf(additions.PacketId), additions.LiveScore, additions.Shares,
            additions.Fields.Count, .. additions.Fields.SelectMany(field => (RedisValue[])[field.Name, field.Value]),
            additions.Held.Count, .. additions.Held.Select(line => (RedisValue)line),
            .. additions.Held.Count == 0 ? [] : (RedisValue[])[additions.Parked.Writer, additions.Parked.Number],
            .. additions.Lines.Select(line => (RedisValue)line),
        ]);

    /// <summary>Deletes a packet from Redis that the ledger has archived.</summary>
    public Task Forget(string packetId) => Write(s_forget,
        [
            PacketKeys.Opener(shard), PacketKeys.Packet(shard, packetId), PacketKeys.Shares(shard, packetId), PacketKeys.Made(shard),
            PacketKeys.Live(shard), PacketKeys.Held(shard),
        ],
        [_right, packetId]);

    /// <summary>
    /// Marks packets as compared in the run. <paramref name="found"/>: by packet id, a word of <see cref="Found"/>.
    /// </summary>
    public Task Checked(string run, IReadOnlyDictionary<string, string> found) => found.Count == 0 ? Task.CompletedTask : Write(s_checked,
        [
            PacketKeys.Opener(shard), PacketKeys.Meta(shard), PacketKeys.Wanted(shard),
            .. found.Keys.Select(id => PacketKeys.Packet(shard, id)),
        ],
        [_right, LifeMs, run, .. found.SelectMany(packet => (RedisValue[])[packet.Key, packet.Value])]);

    /// <summary>Gives a packet of the shard its Idempotency-Key back, where Redis has lost it.</summary>
    /// <param name="endMs">When the key ends, by the clock of Redis.</param>
    public Task Keep(string keyHash, KeyClaim claim, long endMs) =>
        Write(s_keep, [PacketKeys.Opener(shard), PacketKeys.Key(shard, keyHash)], [_right, claim.ToString(), endMs]);

    /// <summary>The same in another shard, which is the key's home now.</summary>
    public async Task KeepElsewhere(int home, string keyHash, KeyClaim claim, long endMs)
    {
        try
        {
            await s_keep.Evaluate(_redis, [PacketKeys.Opener(home), PacketKeys.Key(home, keyHash)], ["", claim.ToString(), endMs]);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            // A shard that is away does not keep this one from going on: a send also finds the key in its earlier home.
        }
    }

    /// <summary>All packets were compared in the run.</summary>
    public Task Walked(string run) =>
        Write(s_walked, [PacketKeys.Opener(shard), PacketKeys.Meta(shard), PacketKeys.Wanted(shard)], [_right, run]);

    /// <summary>Opens, if the server is still the one where the opening began.</summary>
    /// <param name="walk">False for a shard that has never had a packet: there is nothing to compare.</param>
    public async Task Open(bool walk = true)
    {
        await Write(s_open, [PacketKeys.Opener(shard), PacketKeys.Meta(shard)], [_right, Run, walk ? "1" : ""]);
        IsOver = true;
    }

    private RedisValue[] Fences => [.. Fence.Of(Token).Select(line => (RedisValue)line)];

    private static bool RefusesInfo(RedisServerException refused) =>
        ((string[])["run this command", "not allowed", "not supported", "NOPERM"])
            .Any(words => refused.Message.Contains(words, StringComparison.OrdinalIgnoreCase));

    private async Task<RedisResult> Write(ScriptFile script, RedisKey[] keys, RedisValue[] values, bool isWork = true)
    {
        if (isWork)
            _wroteAt = clock.GetTimestamp();
        var answer = await script.Evaluate(_redis, keys, values);
        switch ((string?)(answer.Resp2Type == ResultType.Array ? answer[0] : answer))
        {
            case "done":
                return answer;
            case "lost":
                IsOver = true;
                throw new OpeningLostException(shard);
            case var word:
                throw script.Unknown(word);
        }
    }
}

/// <summary>
/// Another process opens the gate, or another server holds the shard, or the ledger has begun another run. The opening
/// begins again.
/// </summary>
internal sealed class OpeningLostException(int shard) : Exception($"Another opener or another server has taken over shard {shard}.");

/// <summary>The additions to one packet.</summary>
/// <param name="LiveScore">Its score in live, or empty to leave it.</param>
/// <param name="Shares">The text of the shares, or empty to leave them.</param>
internal sealed record PacketAdditions(
    string PacketId, IReadOnlyList<(string Name, string Value)> Fields, IReadOnlyList<string> Lines, string LiveScore = "",
    string Shares = "")
{
    /// <summary>The ordinals of the claims among the fields.</summary>
    public IReadOnlyList<int> Claims { get; init; } = [];

    /// <summary>Lines of its shares that corrections pay, or will pay.</summary>
    public IReadOnlyList<string> Held { get; init; } = [];

    /// <summary>A transaction of the ledger that has the held lines parked.</summary>
    public LedgerMark Parked { get; init; }
}
