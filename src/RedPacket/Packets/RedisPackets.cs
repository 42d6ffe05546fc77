using RedPacket.Hosting;
using System.Globalization;
using Microsoft.Extensions.Options;
using RedPacket.Messages;
using RedPacket.Outbox;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>Packets in Redis: making, reading, listing, and putting entries back into the outbox.</summary>
internal sealed class RedisPackets(ScriptRunner store, IOptions<PacketsOptions> packets, IOptions<OutboxOptions> outbox)
{
    private readonly IDatabase _redis = store.Database;

    /// <summary>All shards that ever held a packet, ascending.</summary>
    public async Task<int[]> Shards() =>
        [.. (await _redis.SetMembersAsync(PacketKeys.Shards)).Select(shard => (int)shard).Order()];

    /// <summary>Claims the Idempotency-Key for the packet, or finds who has it. Kept no longer than any packet is kept after closing.</summary>
    public async Task<KeyClaim> ClaimKey(string keyHash, string packetId, string contentHash)
    {
        var key = PacketKeys.Idempotency(keyHash);
        while (true)
        {
            if (await _redis.StringSetAsync(key, $"{packetId} {contentHash}", packets.Value.KeyRetention, When.NotExists))
            {
                CrashPoint.Pass(CrashPoint.KeyClaimed);
                return new KeyClaim(packetId, contentHash, Mine: true);
            }
            if ((string?)await _redis.StringGetAsync(key) is { } taken && taken.Split(' ') is [var id, var hash])
                return new KeyClaim(id, hash, Mine: false);
        }
    }

    /// <summary>Makes the packet; when it exists, returns the one that stands, unchanged. Null when the outbox is full.</summary>
    public async Task<MadePacket?> Create(string packetId, long amountFen, PacketTerms terms)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        var shares = Splits.ToText(Splits.ByName(terms.Split).Split(amountFen, terms.Count, terms.SeedNumber));
        var answer = await store.Run(MoneyScript.Create, shard,
            [PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard), PacketKeys.Packet(shard, packetId), PacketKeys.Shares(shard, packetId)],
            [packetId, terms.Sender, amountFen, terms.Count, terms.ExpiresIn * 1000L, terms.ToJson(), shares, outbox.Value.Limit, PacketId.MillisecondsOf(packetId)]);
        CrashPoint.Pass(CrashPoint.PacketMade);
        return (string?)answer[0] switch
        {
            "made" or "exists" => new MadePacket(packetId, (string)answer[3]!, (long)answer[4], (long)answer[1], (long)answer[2], PacketTerms.Parse((string)answer[6]!),
                Made: (string?)answer[0] == "made"),
            "full" => null,
            var word => throw new InvalidOperationException($"create.lua answered '{word}' for packet {packetId}."),
        };
    }

    /// <summary>The packet; null when Redis has none of that name, or nothing of it that can be read.</summary>
    public Task<StoredPacket?> Find(string packetId) => StoredPacket.Read(_redis, packetId);

    /// <summary>True when Redis has something of that name, whether it can be read or not.</summary>
    public Task<bool> Exists(string packetId)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        return _redis.KeyExistsAsync(PacketKeys.Packet(shard, packetId));
    }

    /// <summary>The claims with ordinals <paramref name="first"/> to <paramref name="last"/>, ascending; ordinals that nobody holds are left out.</summary>
    public async Task<List<StoredClaim>> Claims(string packetId, int first, int last)
    {
        int[] ordinals = [.. Enumerable.Range(first, Math.Max(0, last - first + 1))];
        return [.. (await StoredClaim.Read(_redis, packetId, ordinals)).OfType<StoredClaim>().Where(claim => claim.AmountFen is not null)];
    }

    /// <summary>
    /// Puts entries of a packet into the outbox again, for the slow lane; those that are there stay as they are. Returns which were added:
    /// as <see cref="NameOf"/> names them. Empty for a packet that Redis does not know.
    /// </summary>
    public async Task<IReadOnlyList<string>> PutBack(string packetId, IReadOnlyList<string> what)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        var answer = await store.Run(MoneyScript.PutBack, shard, [PacketKeys.Meta(shard), PacketKeys.Out(shard), PacketKeys.Packet(shard, packetId)],
            [packetId, .. what.Select(item => (RedisValue)item)]);
        if ((string?)answer[0] == "unknown")
            return [];
        return [.. Enumerable.Range(2, answer.Length - 2).Select(i => what[(int)answer[i] - 1])];
    }

    /// <summary>The name of an entry within its packet: <c>f</c>; <c>r</c>, <c>r1</c> …; of a grab its ordinal.</summary>
    public static string NameOf(EntryKind kind, int ordinal) => kind switch
    {
        EntryKind.Fund => "f",
        EntryKind.Refund when ordinal == 0 => "r",
        EntryKind.Refund => string.Create(CultureInfo.InvariantCulture, $"r{ordinal}"),
        _ => ordinal.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The user's share as the packet has it, <c>ordinal fen ms</c>; null when it has none.</summary>
    public async Task<string?> ShareOf(string packetId, string userId)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        return await _redis.HashGetAsync(PacketKeys.Packet(shard, packetId), PacketFields.User(userId));
    }

    /// <summary>
    /// Lets the packet know again of a share that it has forgotten. False when it knows of another share of this user;
    /// true for a packet that Redis does not have (any more), since nothing is dealt from it.
    /// </summary>
    public async Task<bool> Remember(string packetId, string userId, Claim share)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        var answer = (string?)await store.Run(MoneyScript.Remember, shard, [PacketKeys.Meta(shard), PacketKeys.Packet(shard, packetId)], [userId, share.ToString()]);
        return answer switch
        {
            "his" or "unknown" => true,
            "other" => false,
            _ => throw new InvalidOperationException($"remember.lua answered '{answer}' for packet {packetId}."),
        };
    }

    /// <summary>Takes an archived packet out of Redis. Its names go last: as long as one stands in live, the next round finds what this one left.</summary>
    public async Task Forget(string packetId)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        await _redis.KeyDeleteAsync([PacketKeys.Packet(shard, packetId), PacketKeys.Shares(shard, packetId)]);
        CrashPoint.Pass(CrashPoint.ArchiveDeleted);
        await _redis.SortedSetRemoveAsync(PacketKeys.Made(shard), packetId);
        await _redis.SortedSetRemoveAsync(PacketKeys.Live(shard), packetId);
    }

    /// <summary>
    /// Ids of packets that are not archived, newest first over all shards, beginning after <paramref name="after"/> (a packet id, or null).
    /// </summary>
    public async Task<List<string>> Newest(string? after, int limit)
    {
        var pages = await Task.WhenAll((await Shards()).Select(shard => NewestOf(shard, after, limit)));
        return [.. pages.SelectMany(page => page).OrderDescending(s_newestFirst).Take(limit)];
    }

    // Ids hold their creation time in the part after the shard, so that part alone gives one order over all shards.
    private static readonly Comparer<string> s_newestFirst = Comparer<string>.Create((a, b) =>
        string.CompareOrdinal(a, a.IndexOf('-'), b, b.IndexOf('-'), int.MaxValue) is var order and not 0 ? order : string.CompareOrdinal(a, b));

    private async Task<List<string>> NewestOf(int shard, string? after, int limit)
    {
        var from = after is null ? double.PositiveInfinity : PacketId.MillisecondsOf(after);
        List<string> page = [];
        for (var skip = 0L; page.Count < limit; skip += 256)
        {
            var ids = await _redis.SortedSetRangeByScoreAsync(PacketKeys.Made(shard), double.NegativeInfinity, from, Exclude.None, Order.Descending, skip, 256);
            page.AddRange(ids.Select(id => (string)id!).Where(id => after is null || s_newestFirst.Compare(id, after) < 0));
            if (ids.Length < 256)
                break;
        }

        return page;
    }
}

/// <summary>Who holds an Idempotency-Key.</summary>
internal sealed record KeyClaim(string PacketId, string ContentHash, bool Mine);

/// <summary>A packet that was made, now or by an earlier call with the same key.</summary>
internal sealed record MadePacket(string Id, string Sender, long AmountFen, long CreatedAt, long ExpiresAt, PacketTerms Terms, bool Made);
