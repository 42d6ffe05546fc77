using System.Globalization;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Packets in Redis: creates them, reads and lists them, puts their entries back into the outbox, and deletes the archived ones.
/// </summary>
internal sealed class RedisPackets(
    ScriptRunner scripts, SplitSeeds seeds, IOptions<PacketsOptions> packets, IOptions<OutboxLimitOptions> outbox)
{
    private const int IdsPerRead = 256;
    private readonly IDatabase _redis = scripts.Database;

    /// <summary>All shards that ever held a packet, ascending.</summary>
    public Task<int[]> Shards() => Packets.Shards.All(_redis);

    /// <summary>
    /// Claims the Idempotency-Key for the packet, or finds who has it. A key never outlives the packet that it names. Null for a key whose
    /// record cannot be read.
    /// </summary>
    public async Task<KeyClaim?> ClaimKey(string keyHash, string packetId, string contentHash)
    {
        var key = PacketKeys.Idempotency(keyHash);
        // A key may end between the two commands, but not time and again.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            if (await _redis.StringSetAsync(key, KeyText(packetId, contentHash), packets.Value.KeyRetention, When.NotExists, CommandFlags.DemandMaster))
            {
                CrashPoint.Pass(CrashPoint.KeyClaimed);
                return new KeyClaim(packetId, contentHash, Mine: true);
            }
            if (await FindKey(keyHash) is { } taken)
                return taken;
        }
        return null;
    }

    /// <summary>The packet that holds the Idempotency-Key; null when nobody holds it, or when its record cannot be read.</summary>
    public async Task<KeyClaim?> FindKey(string keyHash) =>
        ((string?)await _redis.StringGetAsync(PacketKeys.Idempotency(keyHash)))?.Split(' ') is [var id, var hash]
            && PacketId.TryParse(id, out _)
            ? new KeyClaim(id, hash, Mine: false)
            : null;

    /// <summary>
    /// Gives a rebuilt packet its Idempotency-Key back, so that a repeated send finds it. A send that was repeated while the gate was shut
    /// may have claimed the key for a packet that was never created: that claim is replaced.
    /// </summary>
    /// <param name="age">How long ago the packet was created.</param>
    /// <param name="isKnown">True for a packet that Redis or the ledger has.</param>
    public async Task RestoreKey(string keyHash, string packetId, string contentHash, TimeSpan age, Func<string, Task<bool>> isKnown)
    {
        var life = packets.Value.KeyRetention - age;
        if (life <= TimeSpan.Zero)
            return;
        var (key, text) = (PacketKeys.Idempotency(keyHash), KeyText(packetId, contentHash));
        if (await _redis.StringSetAsync(key, text, life, When.NotExists, CommandFlags.DemandMaster))
            return;
        if (((string?)await _redis.StringGetAsync(key))?.Split(' ')[0] is { } other && !await isKnown(other))
            await _redis.StringSetAsync(key, text, life);
    }

    private static string KeyText(string packetId, string contentHash) => $"{packetId} {contentHash}";

    /// <summary>Creates the packet. If it exists already, returns it unchanged. Null when the outbox is full.</summary>
    public async Task<MadePacket?> Create(string packetId, long amountFen, PacketTerms terms)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        var shares = seeds.Shares(amountFen, terms)!;
        RedisKey[] keys =
        [
            PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard),
            PacketKeys.Packet(shard, packetId), PacketKeys.Shares(shard, packetId),
        ];
        var answer = await scripts.Run(MoneyScript.Create, shard, keys,
        [
            packetId, terms.Sender, amountFen, terms.Count, terms.ExpiresIn * 1000L, terms.ToJson(), shares, outbox.Value.Limit,
            PacketId.MillisecondsOf(packetId),
        ]);
        CrashPoint.Pass(CrashPoint.PacketMade);
        return (string?)answer[0] switch
        {
            "made" => Made(isNew: true),
            "exists" => Made(isNew: false),
            "full" => null,
            var word => throw MoneyScript.Create.Unknown(word),
        };

        MadePacket Made(bool isNew) => new(packetId, (string)answer[3]!, (long)answer[4], (long)answer[1], (long)answer[2],
            PacketTerms.Parse((string)answer[6]!), isNew);
    }

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
        return await _redis.HashGetAsync(PacketKeys.Packet(shard, packetId), PacketFields.User(userId));
    }

    /// <summary>
    /// Writes a share that the packet has forgotten back into it. False when the packet has another share of this user. True for a packet
    /// that Redis does not have, since no share of it is granted any more.
    /// </summary>
    public async Task<bool> Remember(string packetId, string userId, Claim share)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        RedisKey[] keys = [PacketKeys.Meta(shard), PacketKeys.Packet(shard, packetId)];
        return (string?)await scripts.Run(MoneyScript.Remember, shard, keys, [userId, share.ToString()]) switch
        {
            "held" or "unknown" => true,
            "other" => false,
            var word => throw MoneyScript.Remember.Unknown(word),
        };
    }

    /// <summary>
    /// Deletes an archived packet. Its id leaves the lists last, so that the next round finds what an interrupted one left.
    /// </summary>
    public async Task Forget(string packetId)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        await _redis.KeyDeleteAsync([PacketKeys.Packet(shard, packetId), PacketKeys.Shares(shard, packetId)]);
        CrashPoint.Pass(CrashPoint.ArchiveDeleted);
        await _redis.SortedSetRemoveAsync(PacketKeys.Made(shard), packetId);
        await _redis.SortedSetRemoveAsync(PacketKeys.Live(shard), packetId);
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

/// <summary>The packet that holds an Idempotency-Key. <paramref name="Mine"/>: this call claimed it.</summary>
internal sealed record KeyClaim(string PacketId, string ContentHash, bool Mine);

/// <summary>A packet that was created, by this call (<paramref name="Made"/>) or by an earlier one with the same key.</summary>
internal sealed record MadePacket(string Id, string Sender, long AmountFen, long CreatedAt, long ExpiresAt, PacketTerms Terms, bool Made);
