using System.Globalization;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>Packets in Redis: creates, reads and lists them, puts their entries back into the outbox, deletes archived ones.</summary>
internal sealed class RedisPackets(ScriptRunner scripts, SplitSeeds seeds, IOptions<OutboxLimitOptions> outbox)
{
    private const int IdsPerRead = 256;
    private readonly IDatabase _redis = scripts.Database;

    /// <summary>All shards that ever held a packet, ascending.</summary>
    public Task<int[]> Shards() => Packets.Shards.All(_redis);

    /// <summary>
    /// Claims the key in the terms and makes the packet, in one call. Throws <see cref="OutageException"/> when the packet's shard, or an
    /// earlier home that may still have the key, is shut or away.
    /// </summary>
    /// <param name="packetId">Its shard is the key's home.</param>
    /// <param name="shards">The number of shards for which it is.</param>
    /// <param name="inLedger">
    /// Finds the claim of the key in the ledger, at a time by the clock of Redis (ms). It is asked while Redis may lack keys, because its
    /// packets are being compared.
    /// </param>
    public async Task<CreateOutcome> Create(
        string packetId, int shards, long amountFen, PacketTerms terms, Func<long, Task<KeyClaim?>> inLedger)
    {
        _ = PacketId.TryParse(packetId, out var home);
        int[] former = [.. KeyHomes.Former(terms.Key, home)];
        var answer = await AskShard(home, former.Length > 0 ? "ask" : "make");
        if ((string?)answer[0] == "look")
            answer = await Look() ?? await AskShard(home, "make");
        CrashPoint.Pass(CrashPoint.PacketMade);
        return (string?)answer[0] switch
        {
            "made" => new CreateOutcome(
                CreateStatus.Made, new MadePacket(packetId, terms.Sender, amountFen, (long)answer[1], (long)answer[2], terms)),
            "exists" => new CreateOutcome(CreateStatus.Exists, Claim: KeyClaim.Parse((string?)answer[1])),
            "full" => new CreateOutcome(CreateStatus.OutboxFull),
            "moved" => new CreateOutcome(CreateStatus.Moved, Shards: (int)answer[1]),
            var word => throw MoneyScript.Create.Unknown(word),
        };

        // A key that is absent at an earlier home stays absent: no process that knows fewer shards makes a packet there any more.
        async Task<RedisResult?> Look()
        {
            foreach (var earlier in former)
            {
                var found = await AskShard(earlier, "look");
                if ((string?)found[0] != "absent")
                    return found;
                if ((string?)found[1] != "young")
                    return null;
            }
            return null;
        }

        async Task<RedisResult> AskShard(int shard, string what)
        {
            var found = await Call(shard, what, packetId, shards, amountFen, terms, run: "");
            while ((string?)found[0] == "walk")
            {
                found = await inLedger((long)found[2]) is { } claim
                    ? RedisResult.Create(["exists", claim.ToString()])
                    : await Call(shard, what, packetId, shards, amountFen, terms, (string)found[1]!);
            }
            return found;
        }
    }

    private Task<RedisResult> Call(
        int shard, string what, string packetId, int shards, long amountFen, PacketTerms terms, string run) => scripts.Run(
        MoneyScript.Create, shard,
        [
            PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard),
            PacketKeys.Packet(shard, packetId), PacketKeys.Shares(shard, packetId), PacketKeys.Key(shard, terms.Key),
        ],
        [
            packetId, terms.Sender, amountFen, terms.Count, terms.ExpiresIn * 1000L, terms.ToJson(),
            what == "look" ? "" : seeds.Shares(amountFen, terms)!, outbox.Value.Limit, PacketId.MillisecondsOf(packetId),
            terms.ContentHash(amountFen), PacketsOptions.KeyRetentionMs, shards, what, run,
        ]);

    /// <summary>The packet as it was sent; null when Redis has none of that id, or has a record that cannot be read.</summary>
    public async Task<MadePacket?> Sent(string packetId) =>
        await Find(packetId) is { } packet && PacketTerms.TryParse(packet.Terms, packet.AmountFen) is { } terms
            ? new MadePacket(packetId, packet.SenderId, packet.AmountFen, packet.CreatedAt, packet.ExpiresAt, terms)
            : null;

    /// <summary>The packet; null when Redis has none of that id, or has a record that cannot be read.</summary>
    public Task<StoredPacket?> Find(string packetId) => StoredPacket.Read(_redis, packetId);

    /// <summary>True when Redis has a record of that id, readable or not.</summary>
    public Task<bool> Exists(string packetId)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        return _redis.KeyExistsAsync(PacketKeys.Packet(shard, packetId));
    }

    /// <summary>The claims from ordinal <paramref name="first"/> to <paramref name="last"/>, without those that nobody holds.</summary>
    public async Task<List<StoredClaim>> Claims(string packetId, int first, int last)
    {
        int[] ordinals = [.. Enumerable.Range(first, Math.Max(0, last - first + 1))];
        return [.. (await StoredClaim.Read(_redis, packetId, ordinals)).OfType<StoredClaim>().Where(claim => claim.AmountFen is not null)];
    }

    /// <summary>
    /// Puts entries of a packet back into the outbox, for the slow lane. Entries that are there already stay. Returns the added ones, as
    /// <see cref="NameOf"/> names them: none for a packet that Redis does not know.
    /// </summary>
    public async Task<IReadOnlyList<string>> PutBack(string packetId, IReadOnlyList<string> what)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        RedisKey[] keys = [PacketKeys.Meta(shard), PacketKeys.Out(shard), PacketKeys.Packet(shard, packetId)];
        var answer = await scripts.Run(MoneyScript.PutBack, shard, keys, [packetId, .. what.Select(item => (RedisValue)item)]);
        return (string?)answer[0] switch
        {
            "issued" => [.. Enumerable.Range(2, answer.Length - 2).Select(i => what[(int)answer[i] - 1])],
            "unknown" => [],
            MoneyScript.Unchecked => throw PacketChecks.NotYet(packetId),
            var word => throw MoneyScript.PutBack.Unknown(word),
        };
    }

    /// <summary>The name of an entry within its packet: <c>f</c>; <c>r</c>, <c>r1</c> …; of a grab its ordinal.</summary>
    public static string NameOf(EntryKind kind, int ordinal) => kind switch
    {
        EntryKind.Fund => "f",
        EntryKind.Refund when ordinal == 0 => "r",
        EntryKind.Refund => string.Create(CultureInfo.InvariantCulture, $"r{ordinal}"),
        _ => ordinal.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The text of the user's <see cref="Claim"/> as the packet has it; null when it has none.</summary>
    public async Task<string?> ShareOf(string packetId, string userId)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        return (await _redis.Fields(PacketKeys.Packet(shard, packetId), PacketFields.User(userId)))[0];
    }

    /// <summary>
    /// Writes a share that the packet has forgotten back into it. For a packet that Redis does not have it answers
    /// <see cref="Remembered.Held"/>, since no share of it is granted any more.
    /// </summary>
    /// <param name="run">The run of the shard that the ledger records.</param>
    /// <param name="notice">Under which it is written (PROTOCOL 3.5); 0 when there is none.</param>
    /// <param name="mark">A transaction in which the share's line was parked.</param>
    public async Task<Remembered> Remember(Entry share, string run, long notice, LedgerMark mark)
    {
        _ = PacketId.TryParse(share.PacketId, out var shard);
        RedisKey[] keys =
        [
            PacketKeys.Meta(shard), PacketKeys.Packet(shard, share.PacketId), PacketKeys.Told(shard), PacketKeys.Held(shard),
        ];
        RedisValue[] values = [share.UserId, Claim.Of(share).ToString(), share.ToString(), mark.Writer, mark.Number, run, notice];
        return (string?)await scripts.Run(MoneyScript.Remember, shard, keys, values) switch
        {
            "held" or "unknown" => Remembered.Held,
            "granted" => Remembered.Granted,
            "other" => Remembered.Other,
            "unheard" => Remembered.Unheard,
            MoneyScript.Unchecked => throw PacketChecks.NotYet(share.PacketId),
            MoneyScript.Ended => throw MoneyScript.NotInTheRun(shard),
            var word => throw MoneyScript.Remember.Unknown(word),
        };
    }

    /// <summary>
    /// Deletes archived packets of the shard. False when the run of their comparison is over: nothing is deleted then. Their
    /// Idempotency-Keys stay: a send that is repeated is answered from the ledger.
    /// </summary>
    /// <param name="mark">A transaction in which all of them were marked.</param>
    public async Task<bool> Delete(int shard, string run, LedgerMark mark, IReadOnlyList<string> packetIds)
    {
        RedisKey[] keys =
        [
            PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Told(shard), PacketKeys.Held(shard),
            .. packetIds.SelectMany(id => (RedisKey[])[PacketKeys.Packet(shard, id), PacketKeys.Shares(shard, id)]),
        ];
        RedisValue[] values = [run, mark.Writer, mark.Number, .. packetIds.Select(id => (RedisValue)id)];
        return (string?)await scripts.Run(MoneyScript.Archive, shard, keys, values) switch
        {
            "deleted" => true,
            MoneyScript.Ended => false,
            var word => throw MoneyScript.Archive.Unknown(word),
        };
    }

    /// <summary>
    /// Ids of packets that are not archived, newest first over all shards. <paramref name="after"/>: a packet id, or null.
    /// </summary>
    public async Task<List<string>> Newest(string? after, int limit)
    {
        var pages = await Task.WhenAll((await Shards()).Select(shard => NewestOf(shard, after, limit)));
        return [.. pages.SelectMany(page => page).OrderDescending(s_newestFirst).Take(limit)];
    }

    /// <summary>How many packets are not archived: as many as all pages of <see cref="Newest"/> have.</summary>
    public async Task<long> Listed() =>
        (await Task.WhenAll((await Shards()).Select(shard => _redis.SortedSetLengthAsync(PacketKeys.Made(shard))))).Sum();

    // The part of an id after the shard begins with the time of creation, so it gives one order over all shards.
    private static readonly Comparer<string> s_newestFirst = Comparer<string>.Create((a, b) =>
        string.CompareOrdinal(a, a.IndexOf('-'), b, b.IndexOf('-'), int.MaxValue) is var order and not 0
            ? order
            : string.CompareOrdinal(a, b));

    private async Task<List<string>> NewestOf(int shard, string? after, int limit)
    {
        var from = after is null ? double.PositiveInfinity : PacketId.MillisecondsOf(after);
        List<string> page = [];
        for (var skip = 0L; page.Count < limit; skip += IdsPerRead)
        {
            var ids = await _redis.SortedSetRangeByScoreAsync(
                PacketKeys.Made(shard), double.NegativeInfinity, from, Exclude.None, Order.Descending, skip, IdsPerRead);
            page.AddRange(ids.Select(id => (string)id!).Where(id => after is null || s_newestFirst.Compare(id, after) < 0));
            if (ids.Length < IdsPerRead)
                break;
        }

        return page;
    }
}

/// <summary>How a send ended.</summary>
/// <param name="Packet">When it was made.</param>
/// <param name="Claim">When the key exists; null for a key whose record cannot be read.</param>
/// <param name="Shards">When it was moved: how many shards there are.</param>
internal sealed record CreateOutcome(CreateStatus Status, MadePacket? Packet = null, KeyClaim? Claim = null, int Shards = 0);

internal enum CreateStatus
{
    Made,

    /// <summary>The key names a packet already.</summary>
    Exists,

    OutboxFull,

    /// <summary>There are more shards than the caller knew, and nothing was made: the key may have another home.</summary>
    Moved,
}

/// <summary>A packet as it was sent.</summary>
internal sealed record MadePacket(string Id, string Sender, long AmountFen, long CreatedAt, long ExpiresAt, PacketTerms Terms);
