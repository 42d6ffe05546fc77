using System.Runtime.CompilerServices;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Packets.Traces;
using StackExchange.Redis;

namespace RedPacket.Comparison;

/// <summary>Entries in the outboxes, shares granted and packets sent, over all shards.</summary>
internal sealed record RedisActivity(long Entries, long Grabs, long Sent);

/// <summary>
/// Redis as a comparison reads it: packets, claims and entries of the outbox, by identity and in pages. Writes nothing.
/// </summary>
internal sealed class RedisReader(IConnectionMultiplexer redis)
{
    private IDatabase Database => redis.Primary();

    /// <summary>
    /// The clock of Redis in milliseconds, by which packets expire: that of the server which holds the shard.
    /// </summary>
    public Task<long> Now(int shard = 0) => RedisClock.Now(Database, shard);

    /// <summary>All shards ever used, ascending.</summary>
    public Task<int[]> Shards() => Packets.Shards.All(Database);

    /// <summary>Counts that change whenever something happens. Costs three commands per shard.</summary>
    public async Task<RedisActivity> Seen()
    {
        var shards = await Task.WhenAll((await Shards()).Select(async shard =>
        {
            var counted = Database.HashGetAsync(PacketKeys.Meta(shard), [MetaFields.Grabs, MetaFields.Sent]);
            var entries = await Database.SortedSetLengthAsync(PacketKeys.Out(shard));
            var (grabs, sent) = await counted is [var first, var second] ? ((long)first, (long)second) : (0, 0);
            return new RedisActivity(entries, grabs, sent);
        }));
        return new RedisActivity(shards.Sum(shard => shard.Entries), shards.Sum(shard => shard.Grabs), shards.Sum(shard => shard.Sent));
    }

    /// <summary>
    /// All packets of a shard that are not archived and were there at the first page, from the highest score down: open
    /// ones first. No packet is skipped. A packet that closes during the scan moves to the end and is read there, or
    /// has been read already.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<string>> Live(
        int shard, int pageSize, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var met = new HashSet<string>(StringComparer.Ordinal);
        var (highest, lowest) = (double.PositiveInfinity, double.NegativeInfinity);
        var atHighest = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var page = await Database.SortedSetRangeByScoreWithScoresAsync(
                PacketKeys.Live(shard), lowest, highest, order: Order.Descending, take: pageSize + atHighest.Count);
            var fresh = page.Where(packet => !atHighest.Contains(packet.Element!)).ToList();
            if (fresh.Count == 0)
                yield break;
            if (fresh[^1].Score < 0 && double.IsNegativeInfinity(lowest))
                lowest = await LowestScore(shard);
            if (fresh[^1].Score < highest)
                atHighest.Clear();
            highest = fresh[^1].Score;
            atHighest.UnionWith(fresh.Where(packet => packet.Score <= highest).Select(packet => (string)packet.Element!));
            var unmet = fresh.Where(packet => packet.Score < 0 ? !met.Contains(packet.Element!) : met.Add(packet.Element!));
            yield return [.. unmet.Select(packet => (string)packet.Element!)];
        }
    }

    // Of the packet that closed last, by whatever clock. Those that close from now on were met while they were open.
    private async Task<double> LowestScore(int shard) =>
        await Database.SortedSetRangeByRankWithScoresAsync(PacketKeys.Live(shard), 0, 0) is [var last, ..] ? last.Score : 0;

    /// <summary>How many packets the walk has compared, and of how many.</summary>
    public async Task<(long Packets, long Of)> Walked(int shard)
    {
        var walked = Database.HashGetAsync(PacketKeys.Meta(shard), MetaFields.Walk);
        var listed = await Count(shard);
        return ((long?)await walked ?? listed, listed);
    }

    /// <summary>The run in which each packet was made or last compared; null where there is none.</summary>
    public Task<string?[]> RunsOf(IReadOnlyList<string> packetIds) => Task.WhenAll(packetIds.Select(async packetId =>
        PacketId.TryParse(packetId, out var shard)
            ? (string?)(await Database.Fields(PacketKeys.Packet(shard, packetId), PacketFields.Run))[0]
            : null));

    /// <summary>Packets of the shard that callers wait for, those that have waited longest first.</summary>
    public async Task<IReadOnlyList<string>> Wanted(int shard, int take) =>
        [.. (await Database.SortedSetRangeByScoreAsync(PacketKeys.Wanted(shard), 0, double.PositiveInfinity, Exclude.Start, take: take))
            .Select(id => (string)id!)];

    /// <summary>How many packets of the shard are not archived.</summary>
    public Task<long> Count(int shard) => Database.SortedSetLengthAsync(PacketKeys.Live(shard));

    /// <summary>The packets that were created last, at most so many.</summary>
    public async Task<IReadOnlyList<string>> LatestMade(int shard, int take) =>
        [.. (await Database.SortedSetRangeByRankAsync(PacketKeys.Made(shard), 0, take - 1, Order.Descending)).Select(id => (string)id!)];

    /// <summary>The packets that closed last, at most so many.</summary>
    public async Task<IReadOnlyList<string>> LatestClosed(int shard, int take)
    {
        var ids = await Database.SortedSetRangeByScoreAsync(PacketKeys.Live(shard), double.NegativeInfinity, -1, take: take);
        return [.. ids.Select(id => (string)id!)];
    }

    /// <summary>The packets among these of one shard that Redis lists as not archived.</summary>
    public async Task<IReadOnlySet<string>> Listed(int shard, IReadOnlyList<string> packetIds)
    {
        var scores = await Database.SortedSetScoresAsync(PacketKeys.Live(shard), [.. packetIds.Select(id => (RedisValue)id)]);
        return packetIds.Where((_, index) => scores[index] is not null).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>These packets, each read at another moment; null where there is none.</summary>
    public Task<StoredPacket?[]> Read(IReadOnlyList<string> packetIds) =>
        Task.WhenAll(packetIds.Select(packetId => StoredPacket.Read(Database, packetId)));

    public Task<StoredPacket?> Read(string packetId) => StoredPacket.Read(Database, packetId);

    /// <summary>For each packet whether Redis has a record of it, readable or not.</summary>
    public Task<bool[]> Exist(IReadOnlyList<string> packetIds) => Task.WhenAll(packetIds.Select(async packetId =>
        PacketId.TryParse(packetId, out var shard) && await Database.KeyExistsAsync(PacketKeys.Packet(shard, packetId))));

    /// <summary>For each packet whether Redis has its list of shares.</summary>
    public Task<bool[]> HaveShares(IReadOnlyList<string> packetIds) => Task.WhenAll(packetIds.Select(async packetId =>
        PacketId.TryParse(packetId, out var shard) && await Database.LengthOf(PacketKeys.Shares(shard, packetId)) > 0));

    /// <summary>
    /// The claims at these ordinals; null where there is none (never granted, or a hole that a rebuild left).
    /// </summary>
    public Task<StoredClaim?[]> Claims(string packetId, IReadOnlyList<int> ordinals) =>
        StoredClaim.Read(Database, packetId, ordinals);

    /// <summary>The ordinal of the user's share in the packet; null when it has none.</summary>
    public async Task<int?> OrdinalOf(string packetId, string userId)
    {
        if (!PacketId.TryParse(packetId, out var shard))
            return null;
        return Claim.OrdinalOf((await Database.Fields(PacketKeys.Packet(shard, packetId), PacketFields.User(userId)))[0]);
    }

    /// <summary>The trace of a share; null when it is not followed, or Redis does not have its packet any more.</summary>
    public async Task<ClaimTrace?> TraceOf(string packetId, int ordinal) => PacketId.TryParse(packetId, out var shard)
        ? ClaimTrace.Parse((await Database.Fields(PacketKeys.Packet(shard, packetId), PacketFields.Trace(ordinal)))[0])
        : null;

    /// <summary>For each line whether it is in the shard's outbox. A null line is not.</summary>
    public async Task<bool[]> InOutbox(int shard, IReadOnlyList<string?> lines)
    {
        if (lines.Count == 0)
            return [];
        var scores = await Database.SortedSetScoresAsync(PacketKeys.Out(shard), [.. lines.Select(line => (RedisValue)(line ?? ""))]);
        return [.. scores.Select(score => score is not null)];
    }

    /// <summary>A page of the shard's outbox from a delivery number on, with the numbers.</summary>
    public Task<SortedSetEntry[]> Outbox(int shard, double above, int take) => Database.SortedSetRangeByScoreWithScoresAsync(
        PacketKeys.Out(shard), above, double.PositiveInfinity, Exclude.Start, take: take);

    /// <summary>
    /// When the oldest packet that is not archived was created; null when there is none. No entry in flight is older.
    /// </summary>
    public async Task<long?> OldestMade(int shard)
    {
        var oldest = await Database.SortedSetRangeByRankWithScoresAsync(PacketKeys.Made(shard), 0, 0);
        return oldest.Length == 0 ? null : (long)oldest[0].Score;
    }
}
