using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Grabs;

/// <summary>
/// Packets of which this process knows every winner. In the run in which it was compared, a packet that is emptied or
/// expired gets no more (PROTOCOL 3.5). So a user who holds no share of it is too late, and Redis need not be asked for
/// the packet, only whether the mark still holds under which the winners were read. One proof of that is enough for
/// <see cref="WinnersProof.Life"/>.
/// </summary>
/// <remarks>
/// It is bounded: beyond <see cref="MostHeld"/> it begins anew. A winner is kept as the hash of the user's id. Two users
/// of one hash are both asked about, so nobody is refused by mistake. A packet is forgotten when it may be archived,
/// because everybody is told so then.
/// </remarks>
internal sealed class FinalPackets(
    ScriptRunner scripts, IOptions<GrabsOptions> options, IOptions<PacketsOptions> packets, TimeProvider clock)
{
    // A packet without a winner takes as much memory as so many.
    private const int PerPacket = 16;
    private const int MostHeld = 1_000_000;
    private const int MostCounted = 100_000;

    private readonly ConcurrentDictionary<int, Known> _shards = new();
    private readonly ConcurrentDictionary<string, int> _lateAnswers = new(StringComparer.Ordinal);
    private readonly Lock _adding = new();
    private int _counted;
    private int _held;
    private int _isReading;

    /// <summary>Is complete when no winners are being read.</summary>
    public Task Reading { get; private set; } = Task.CompletedTask;

    /// <summary>How the grab is too late, without a call to Redis; null when it must be asked.</summary>
    public GrabStatus? Late(int shard, string packetId, string userId) =>
        _shards.TryGetValue(shard, out var known) && clock.GetTimestamp() < known.ProvenUntil
            ? LateIn(known, packetId, userId) : null;

    /// <summary>A call that left at this timestamp has proved the mark.</summary>
    public void Proved(int shard, string mark, long leftAt)
    {
        if (_shards.TryGetValue(shard, out var known) && known.Mark == mark)
            known.ProvenUntil = WinnersProof.End(leftAt, clock);
    }

    /// <summary>Marks the grabs that are too late as far as this process knows.</summary>
    /// <returns>The mark that must still hold; empty when no grab is marked.</returns>
    public string Mark(int shard, List<PendingGrab> grabs)
    {
        var (known, any) = (_shards.GetValueOrDefault(shard), false);
        foreach (var grab in grabs)
        {
            grab.Late = known is null ? null : LateIn(known, grab.PacketId, grab.UserId);
            any |= grab.Late is not null;
        }
        return any ? known!.Mark : "";
    }

    /// <summary>A mark holds no more, and proves nothing.</summary>
    public void Forget(int shard, string mark)
    {
        lock (_adding)
        {
            if (_shards.TryGetValue(shard, out var known) && known.Mark == mark)
                Drop(shard, known);
        }
    }

    /// <summary>
    /// Redis answered that the packet is emptied or expired. After so many answers its winners are read, of one packet
    /// at a time.
    /// </summary>
    public void Saw(int shard, string packetId)
    {
        if (options.Value.LateAnswers == 0 || _shards.GetValueOrDefault(shard)?.Packets.ContainsKey(packetId) == true)
            return;
        var count = _lateAnswers.AddOrUpdate(packetId, 1, (_, before) => before + 1);
        if (count == 1 && Interlocked.Increment(ref _counted) > MostCounted)
        {
            _lateAnswers.Clear();
            _counted = 0;
        }
        if (count >= options.Value.LateAnswers && Interlocked.CompareExchange(ref _isReading, 1, 0) == 0)
            Reading = Task.Run(() => Learn(shard, packetId));
    }

    private async Task Learn(int shard, string packetId)
    {
        var read = 0;
        try
        {
            (var mark, var packet, read) = await Read(shard, packetId);
            if (packet is not null)
                Add(shard, mark, packetId, packet);
        }
        catch (OutageException)
        {
            // The packet is asked for as before.
        }
        finally
        {
            // When nothing was kept, it is read again after as many more late answers as it cost.
            _lateAnswers[packetId] = -read;
            Volatile.Write(ref _isReading, 0);
        }
    }

    // Without a packet when it may get more winners or may be archived already, or when the mark held no longer.
    private async Task<(string Mark, FinalPacket? Packet, int Read)> Read(int shard, string packetId)
    {
        RedisKey[] keys = [PacketKeys.Meta(shard), PacketKeys.Packet(shard, packetId)];
        var (mark, cursor, winners) = ("", "0", new HashSet<int>());
        while (true)
        {
            var page = await scripts.Ask(MoneyScript.Winners, shard, keys, [cursor]);
            if (page.Length < 4 || Until((string)page[2]!) is not { } until || (mark.Length > 0 && mark != (string)page[0]!))
                return (mark, null, winners.Count);
            (mark, cursor) = ((string)page[0]!, (string)page[3]!);
            for (var i = 4; i < page.Length; i++)
                winners.Add(HashOf((string)page[i]!));
            if (cursor == "0")
                return (mark, new FinalPacket(GrabOutcome.Parse((string)page[1]!).Status, until, winners), winners.Count);
        }
    }

    // Null when the packet may be archived, or when its record is damaged.
    private DateTimeOffset? Until(string closed)
    {
        var (now, retain) = (clock.GetUtcNow(), packets.Value.Retain);
        var age = long.TryParse(closed, CultureInfo.InvariantCulture, out var ms) ? now.ToUnixTimeMilliseconds() - ms : long.MaxValue;
        return age < retain.TotalMilliseconds ? now + retain - TimeSpan.FromMilliseconds(Math.Max(0, age)) : null;
    }

    private void Add(int shard, string mark, string packetId, FinalPacket packet)
    {
        lock (_adding)
        {
            if (_held > MostHeld)
            {
                foreach (var (number, dropped) in _shards)
                    Drop(number, dropped);
            }
            if (!_shards.TryGetValue(shard, out var known) || known.Mark != mark)
            {
                if (known is not null)
                    Drop(shard, known);
                _shards[shard] = known = new Known(mark);
            }
            known.Packets[packetId] = packet;
            known.Held += packet.Winners.Count + PerPacket;
            _held += packet.Winners.Count + PerPacket;
        }
    }

    private void Drop(int shard, Known known)
    {
        _shards.TryRemove(shard, out _);
        _held -= known.Held;
    }

    private GrabStatus? LateIn(Known known, string packetId, string userId) =>
        known.Packets.TryGetValue(packetId, out var packet) && clock.GetUtcNow() < packet.Until
            && !packet.Winners.Contains(HashOf(userId)) ? packet.Status : null;

    private static int HashOf(string userId) => string.GetHashCode(userId, StringComparison.Ordinal);

    private sealed record Known(string Mark)
    {
        private long _provenUntil = long.MinValue;

        /// <summary>The timestamp until which the last proof holds.</summary>
        public long ProvenUntil
        {
            get => Volatile.Read(ref _provenUntil);
            set => Volatile.Write(ref _provenUntil, value);
        }

        public ConcurrentDictionary<string, FinalPacket> Packets { get; } = new(StringComparer.Ordinal);

        /// <summary>Winners, and <see cref="PerPacket"/> for each packet.</summary>
        public int Held { get; set; }
    }

    /// <param name="Until">When it may be archived.</param>
    /// <param name="Winners">Hashes of the users who hold a share.</param>
    private sealed record FinalPacket(GrabStatus Status, DateTimeOffset Until, HashSet<int> Winners);
}
