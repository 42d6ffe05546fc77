using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Grabs;

/// <summary>
/// Packets of which this process knows every winner. In the run in which it was compared, a packet that is emptied or
/// expired gets no more (PROTOCOL 3.5). So whoever holds no share of it is too late, and Redis need not be asked for
/// the packet, only whether the mark still holds under which the winners were read.
/// </summary>
/// <remarks>
/// It is bounded: beyond <see cref="MostWinners"/> it begins anew. A winner is kept as the hash of the user's id. Two
/// users of one hash are both asked about, so nobody is refused by mistake. A packet is forgotten when it may be
/// archived, because everybody is told so then.
/// </remarks>
internal sealed class FinalPackets(
    ScriptRunner scripts, IOptions<GrabsOptions> options, IOptions<PacketsOptions> packets, TimeProvider clock)
{
    private const int MostWinners = 1_000_000;
    private const int MostCounted = 100_000;
    private readonly ConcurrentDictionary<int, Known> _shards = new();
    private readonly ConcurrentDictionary<string, int> _lateAnswers = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();
    private int _winners;

    /// <summary>Marks the grabs that are too late as far as this process knows.</summary>
    /// <returns>The mark that must still hold; empty when no grab is marked.</returns>
    public string Mark(int shard, List<PendingGrab> grabs)
    {
        var (known, any) = (_shards.GetValueOrDefault(shard), false);
        foreach (var grab in grabs)
        {
            grab.Late = known?.Packets.GetValueOrDefault(grab.PacketId) is { } packet && clock.GetUtcNow() < packet.Until
                && !packet.Winners.Contains(HashOf(grab.UserId)) ? packet.Status : null;
            any |= grab.Late is not null;
        }
        return any ? known!.Mark : "";
    }

    /// <summary>A mark holds no more, and proves nothing.</summary>
    public void Forget(int shard, string mark)
    {
        if (_shards.TryGetValue(shard, out var known) && known.Mark == mark)
            _shards.TryRemove(new KeyValuePair<int, Known>(shard, known));
    }

    /// <summary>Redis answered that the packet is emptied or expired. After so many answers its winners are read.</summary>
    public void Saw(int shard, string packetId)
    {
        if (options.Value.LateAnswers == 0)
            return;
        if (_lateAnswers.Count > MostCounted)
            _lateAnswers.Clear();
        if (_lateAnswers.AddOrUpdate(packetId, 1, (_, count) => count + 1) == options.Value.LateAnswers)
            _ = Task.Run(() => Learn(shard, packetId));
    }

    private async Task Learn(int shard, string packetId)
    {
        try
        {
            if (await Read(shard, packetId) is var (mark, packet))
                Add(shard, mark, packetId, packet);
        }
        catch (OutageException)
        {
            // The packet is asked for as before, and read after as many answers.
        }
        _lateAnswers.TryRemove(packetId, out _);
    }

    // Null when the packet may get more winners, or when the mark held no longer.
    private async Task<(string Mark, FinalPacket Packet)?> Read(int shard, string packetId)
    {
        RedisKey[] keys = [PacketKeys.Meta(shard), PacketKeys.Packet(shard, packetId)];
        var (mark, status, until) = ((string?)null, default(GrabStatus), default(DateTimeOffset));
        var (winners, cursor) = (new HashSet<int>(), "0");
        do
        {
            var page = await scripts.Ask(MoneyScript.Winners, shard, keys, [cursor]);
            if (page.Length < 4 || (mark ??= (string)page[0]!) != (string)page[0]!)
                return null;
            status = GrabOutcome.Parse((string)page[1]!).Status;
            until = DateTimeOffset.FromUnixTimeMilliseconds((long)page[2]) + packets.Value.Retain;
            cursor = (string)page[3]!;
            for (var i = 4; i < page.Length; i++)
                winners.Add(HashOf((string)page[i]!));
        }
        while (cursor != "0");
        return (mark, new FinalPacket(status, until, winners));
    }

    private void Add(int shard, string mark, string packetId, FinalPacket packet)
    {
        lock (_adding)
        {
            _winners += packet.Winners.Count;
            if (_winners > MostWinners)
            {
                _shards.Clear();
                _winners = packet.Winners.Count;
            }
            if (!_shards.TryGetValue(shard, out var known) || known.Mark != mark)
                _shards[shard] = known = new Known(mark);
            known.Packets[packetId] = packet;
        }
    }

    private static int HashOf(string userId) => string.GetHashCode(userId, StringComparison.Ordinal);

    private sealed record Known(string Mark)
    {
        public ConcurrentDictionary<string, FinalPacket> Packets { get; } = new(StringComparer.Ordinal);
    }

    /// <param name="Until">When it may be archived.</param>
    /// <param name="Winners">Hashes of the users who hold a share.</param>
    private sealed record FinalPacket(GrabStatus Status, DateTimeOffset Until, HashSet<int> Winners);
}
