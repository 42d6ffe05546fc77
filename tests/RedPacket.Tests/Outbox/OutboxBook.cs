using System.Globalization;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Outbox;

/// <summary>Writes entries into a shard's outbox as the scripts do, and remembers them.</summary>
internal sealed class OutboxBook(IDatabase redis, int shard = 0)
{
    private const string Terms = """{"kind":"lucky","count":100000,"greeting":"","expiresIn":86400,"split":"line-cutting","""
        + "\"seed\":\"0123456789abcdef\",\"key\":\"k\"}";
    private readonly string _packet = PacketId.New(shard, DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000));
    private int _ordinal;

    /// <summary>Entries written so far.</summary>
    public int Written { get; private set; }

    public string Packet => _packet;

    /// <summary>The fund entry of the packet all grabs are of.</summary>
    public Task Fund() =>
        Put([new Entry(EntryKind.Fund, _packet, 0, "sender", 10_000_000, 1_790_000_000_000, Terms).ToString()]);

    /// <summary>Grabs of 1 fen, each by another user.</summary>
    public Task Grabs(int count, bool slow = false) =>
        Put([.. Enumerable.Range(0, count).Select(_ => Grab(++_ordinal))], slow);

    /// <summary>The line of a grab.</summary>
    public string Grab(int ordinal)
    {
        var user = string.Create(CultureInfo.InvariantCulture, $"user{ordinal}");
        return new Entry(EntryKind.Grab, _packet, ordinal, user, 1, 1_790_000_000_000 + ordinal).ToString();
    }

    /// <summary>Lines of any kind, each in the next slot.</summary>
    public async Task<long[]> Put(string[] lines, bool slow = false)
    {
        await redis.SetAddAsync(PacketKeys.Shards, shard);
        var last = await redis.HashIncrementAsync(PacketKeys.Meta(shard), "seq", lines.Length);
        var first = last - lines.Length + 1;
        var entries = lines.Select((line, index) => new SortedSetEntry(line, ((first + index) * 2) + (slow ? 1 : 0))).ToArray();
        await redis.SortedSetAddAsync(PacketKeys.Out(shard), entries);
        Written += lines.Length;
        return [.. entries.Select(entry => (long)entry.Score)];
    }

    /// <summary>Entries that have not left.</summary>
    public Task<long> Left() => redis.SortedSetLengthAsync(PacketKeys.Out(shard));

    /// <summary>The delivery numbers that have not left.</summary>
    public async Task<long[]> Seqs()
    {
        var entries = await redis.SortedSetRangeByRankWithScoresAsync(PacketKeys.Out(shard));
        return [.. entries.Select(entry => (long)entry.Score)];
    }
}
