using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>The world's access to the store beneath the service: reads it, and damages it as a machine may damage a Redis.</summary>
internal sealed class SimulatedStore(IConnectionMultiplexer connection)
{
    private readonly IDatabase _redis = connection.GetDatabase();
    private readonly IServer _server = connection.GetServer(connection.GetEndPoints()[0]);
    private readonly HashSet<string> _passed = new(StringComparer.Ordinal);

    /// <summary>Packets ever made, in order.</summary>
    public List<string> PacketIds { get; } = [];

    /// <summary>Redis keys of the Idempotency-Keys ever used.</summary>
    public HashSet<string> KeyNames { get; } = new(StringComparer.Ordinal);

    /// <summary>Packets whose time has come.</summary>
    public IReadOnlySet<string> Passed => _passed;

    /// <summary>Everything gone, as on a new machine.</summary>
    public async Task Clear()
    {
        await _server.FlushAllDatabasesAsync();
        await ForgetScripts();
        await _redis.SetAddAsync(PacketKeys.Shards, 0);
    }

    /// <summary>Has another replication id, as after a restart.</summary>
    public Task ForgetScripts() => _server.ExecuteAsync("DEBUG", "CHANGE-REPL-ID");

    /// <summary>Reads the whole store in one round trip.</summary>
    public async Task<StoreImage> Look(int step)
    {
        var meta = _redis.HashGetAllAsync(PacketKeys.Meta(0));
        RedisKey[] setKeys = [PacketKeys.Live(0), PacketKeys.Made(0), PacketKeys.Out(0)];
        var sets = setKeys.Select(key => _redis.SortedSetRangeByRankWithScoresAsync(key)).ToArray();
        var hashes = PacketIds.Select(id => _redis.HashGetAllAsync(PacketKeys.Packet(0, id))).ToArray();
        var shares = PacketIds.Select(id => _redis.StringGetAsync(PacketKeys.Shares(0, id))).ToArray();
        string[] names = [.. KeyNames];
        var keys = names.Select(name => _redis.StringGetAsync(name)).ToArray();
        var packets = PacketIds.Zip(await Task.WhenAll(hashes))
            .Where(packet => packet.Second.Length > 0)
            .Select(packet => new PacketImage(packet.First, Fields(packet.Second)));
        var members = await Task.WhenAll(sets);
        return new StoreImage(
            step, Fields(await meta), Scores(members[0]), Scores(members[1]), Scores(members[2]),
            packets.ToDictionary(packet => packet.Id, StringComparer.Ordinal),
            Present(PacketIds, await Task.WhenAll(shares)), Present(names, await Task.WhenAll(keys)));
    }

    /// <summary>Redis as it was then. Keys of packets that were archived since have expired meanwhile, and do not come back.</summary>
    public async Task Restore(StoreImage image, IReadOnlySet<string> archived)
    {
        await Clear();
        var batch = _redis.CreateBatch();
        List<Task> writes = [batch.HashSetAsync(PacketKeys.Meta(0), Entries(image.Meta))];
        (RedisKey Key, IReadOnlyDictionary<string, double> Set)[] sets =
            [(PacketKeys.Live(0), image.Live), (PacketKeys.Made(0), image.Made), (PacketKeys.Out(0), image.Out)];
        foreach (var (key, set) in sets)
        {
            if (set.Count > 0)
                writes.Add(batch.SortedSetAddAsync(key, [.. set.Select(member => new SortedSetEntry(member.Key, member.Value))]));
        }
        writes.AddRange(image.Packets.Values.Select(packet =>
            batch.HashSetAsync(PacketKeys.Packet(0, packet.Id), Entries(packet.Fields))));
        writes.AddRange(image.Shares.Select(share => batch.StringSetAsync(PacketKeys.Shares(0, share.Key), share.Value)));
        var keys = image.Keys.Where(key => !archived.Contains(key.Value.Split(' ')[0]));
        writes.AddRange(keys.Select(key => batch.StringSetAsync(key.Key, key.Value)));
        batch.Execute();
        await Task.WhenAll(writes);
    }

    /// <summary>
    /// A packet expires. Redis's clock is the machine's and cannot be moved, and no expired packet can be sent.
    /// So the world moves the packet's expiry instead, here and nowhere else.
    /// A rebuild computes the expiry again from the terms: the world then moves it once more.
    /// </summary>
    public async Task PassTime(string packetId)
    {
        _passed.Add(packetId);
        if ((string?)await _redis.HashGetAsync(PacketKeys.Packet(0, packetId), "state") != "open")
            return;
        await _redis.HashSetAsync(PacketKeys.Packet(0, packetId), "expiry", 1000);
        await _redis.SortedSetAddAsync(PacketKeys.Live(0), packetId, 1000);
    }

    /// <summary>Seven days after a packet was closed its Idempotency-Key has expired too.</summary>
    public Task ForgetKeys(IEnumerable<string> names) => _redis.KeyDeleteAsync([.. names.Select(name => (RedisKey)name)]);

    /// <summary>Takes a line out of the outbox.</summary>
    public Task LoseEntry(string line) => _redis.SortedSetRemoveAsync(PacketKeys.Out(0), line);

    /// <summary>Undoes a write that a script does after the outbox.</summary>
    public Task SetLive(string packetId, double score) => _redis.SortedSetAddAsync(PacketKeys.Live(0), packetId, score);

    /// <summary>Puts a line into the outbox, under the next delivery number.</summary>
    public async Task PutIntoOutbox(string line) =>
        await _redis.SortedSetAddAsync(PacketKeys.Out(0), line, 2 * await _redis.HashIncrementAsync(PacketKeys.Meta(0), "seq"));

    private static HashEntry[] Entries(IReadOnlyDictionary<string, string> fields) =>
        [.. fields.Select(field => new HashEntry(field.Key, field.Value))];

    private static Dictionary<string, string> Fields(HashEntry[] fields) =>
        fields.ToDictionary(field => (string)field.Name!, field => (string)field.Value!, StringComparer.Ordinal);

    private static Dictionary<string, double> Scores(SortedSetEntry[] set) =>
        set.ToDictionary(member => (string)member.Element!, member => member.Score, StringComparer.Ordinal);

    private static Dictionary<string, string> Present(IEnumerable<string> names, RedisValue[] values) =>
        names.Zip(values)
            .Where(each => !each.Second.IsNull)
            .ToDictionary(each => each.First, each => (string)each.Second!, StringComparer.Ordinal);
}
