using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The world's access to one shard of the store beneath the service: reads it, and damages it as a machine may damage a
/// Redis.
/// </summary>
/// <param name="keyNames">Redis keys of the Idempotency-Keys ever used. A key is taken to lie beside the packet that it
/// names.</param>
internal sealed class SimulatedStore(IConnectionMultiplexer connection, int shard, IReadOnlySet<string> keyNames)
{
    private readonly IDatabase _redis = connection.GetDatabase();
    private readonly IServer _server = connection.GetServer(connection.GetEndPoints()[0]);
    private const int Past = 1000;
    private readonly HashSet<string> _passed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _keysEnded = new(StringComparer.Ordinal);

    /// <summary>Packets ever made, in order.</summary>
    public List<string> PacketIds { get; } = [];

    /// <summary>Packets whose time has come.</summary>
    public IReadOnlySet<string> Passed => _passed;

    /// <summary>
    /// A new store for a new world. After some thousands of worlds the embedded store did not answer FLUSHALL any more.
    /// </summary>
    public async Task Begin()
    {
        RedisKey[] keys = await _server.KeysAsync(pattern: "*", pageSize: 1000).ToArrayAsync();
        await _redis.KeyDeleteAsync(keys);
    }

    /// <summary>Everything of the shard is gone, as on a new machine.</summary>
    public async Task Clear()
    {
        var keys = (await Look(0)).Keys.Keys.Select(key => (RedisKey)key);
        var packets = PacketIds.SelectMany(id => (RedisKey[])[PacketKeys.Packet(shard, id), PacketKeys.Shares(shard, id)]);
        RedisKey[] others =
        [
            PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard), PacketKeys.Opener(shard),
            PacketKeys.Wanted(shard), PacketKeys.Told(shard), PacketKeys.Held(shard),
        ];
        await _redis.KeyDeleteAsync([.. others, .. packets, .. keys]);
        await _redis.SetAddAsync(PacketKeys.Shards, shard);
    }

    /// <summary>
    /// Makes the shard one whose server was restarted: the seal is not that of its data. All shards are on one server,
    /// whose replication id cannot change for one of them, so the seal changes.
    /// </summary>
    public Task LoseSeal() => _redis.HashDeleteAsync(PacketKeys.Meta(shard), MetaFields.Seal);

    /// <summary>The opener that had it has died or sleeps for longer than its token lives.</summary>
    public Task ExpireOpener() => _redis.KeyDeleteAsync(PacketKeys.Opener(shard));

    /// <summary>Reads the whole store in one round trip.</summary>
    public async Task<StoreImage> Look(int step)
    {
        var meta = _redis.HashGetAllAsync(PacketKeys.Meta(shard));
        RedisKey[] setKeys = [PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard)];
        var sets = setKeys.Select(key => _redis.SortedSetRangeByRankWithScoresAsync(key)).ToArray();
        var hashes = PacketIds.Select(id => _redis.HashGetAllAsync(PacketKeys.Packet(shard, id))).ToArray();
        var shares = PacketIds.Select(id => _redis.StringGetAsync(PacketKeys.Shares(shard, id))).ToArray();
        string[] names = [.. keyNames];
        var keys = names.Select(name => _redis.StringGetAsync(name)).ToArray();
        var packets = PacketIds.Zip(await Task.WhenAll(hashes))
            // An opening that stopped may have written claims of a packet whose other fields are yet to come.
            .Where(packet => packet.Second.Any(field => field.Name == PacketFields.Terms))
            .Select(packet => new PacketImage(packet.First, Fields(packet.Second)));
        var members = await Task.WhenAll(sets);
        var held = await _redis.HashGetAllAsync(PacketKeys.Held(shard));
        return new StoreImage(
            step, Fields(await meta), Scores(members[0]), Scores(members[1]), Scores(members[2]),
            packets.ToDictionary(packet => packet.Id, StringComparer.Ordinal),
            Present(PacketIds, await Task.WhenAll(shares)),
            Present(names, await Task.WhenAll(keys)).Where(key => IsOfThisShard(key.Value)).ToDictionary(StringComparer.Ordinal),
            Fields(held));
    }

    /// <summary>
    /// Redis as it was then. Keys that have expired meanwhile do not come back.
    /// </summary>
    public async Task Restore(StoreImage image)
    {
        await Clear();
        var batch = _redis.CreateBatch();
        List<Task> writes = [batch.HashSetAsync(PacketKeys.Meta(shard), Entries(image.Meta))];
        (RedisKey Key, IReadOnlyDictionary<string, double> Set)[] sets =
            [(PacketKeys.Live(shard), image.Live), (PacketKeys.Made(shard), image.Made), (PacketKeys.Out(shard), image.Out)];
        foreach (var (key, set) in sets)
        {
            if (set.Count > 0)
                writes.Add(batch.SortedSetAddAsync(key, [.. set.Select(member => new SortedSetEntry(member.Key, member.Value))]));
        }
        writes.AddRange(image.Packets.Values.Select(packet =>
            batch.HashSetAsync(PacketKeys.Packet(shard, packet.Id), Entries(packet.Fields))));
        writes.AddRange(image.Shares.Select(share => batch.StringSetAsync(PacketKeys.Shares(shard, share.Key), share.Value)));
        var keys = image.Keys.Where(key => !IsEnded(key.Value));
        writes.AddRange(keys.Select(key => batch.StringSetAsync(key.Key, key.Value)));
        if (image.HeldLines.Count > 0)
            writes.Add(batch.HashSetAsync(PacketKeys.Held(shard), Entries(image.HeldLines)));
        batch.Execute();
        await Task.WhenAll(writes);
    }

    /// <summary>
    /// A packet expires. Redis's clock is the machine's and cannot be moved, and no expired packet can be sent. So the
    /// world moves the packet's expiry instead, here and nowhere else. A rebuild computes the expiry again from the
    /// terms: the world then moves it once more.
    /// </summary>
    public async Task PassTime(string packetId)
    {
        _passed.Add(packetId);
        var packet = await _redis.HashGetAsync(PacketKeys.Packet(shard, packetId), ["state", "expiry"]);
        if (packet[0] != "open" || packet[1] == Past)
            return;
        await _redis.HashSetAsync(PacketKeys.Packet(shard, packetId), "expiry", Past);
        await _redis.SortedSetAddAsync(PacketKeys.Live(shard), packetId, Past);
    }

    /// <summary>The packet's expiry was computed again since <see cref="PassTime"/>.</summary>
    public async Task<bool> HasTimeAgain(string packetId) => _passed.Contains(packetId)
        && await _redis.HashGetAsync(PacketKeys.Packet(shard, packetId), "expiry") is { IsNull: false } expiry && expiry != Past;

    /// <summary>The Idempotency-Keys of these packets have expired.</summary>
    public Task EndKeys(IEnumerable<string> packetIds, StoreImage image)
    {
        _keysEnded.UnionWith(packetIds);
        return _redis.KeyDeleteAsync([.. image.Keys.Where(key => IsEnded(key.Value)).Select(key => (RedisKey)key.Key)]);
    }

    /// <summary>Takes a field out of a packet's record, and returns it.</summary>
    public async Task<RedisValue> Damage(string packetId, string field)
    {
        var value = await _redis.HashGetAsync(PacketKeys.Packet(shard, packetId), field);
        await _redis.HashDeleteAsync(PacketKeys.Packet(shard, packetId), field);
        return value;
    }

    /// <summary>Ends the damage.</summary>
    public Task Heal(string packetId, string field, RedisValue value) =>
        _redis.HashSetAsync(PacketKeys.Packet(shard, packetId), field, value);

    /// <summary>Takes a line out of the outbox.</summary>
    public Task LoseEntry(string line) => _redis.SortedSetRemoveAsync(PacketKeys.Out(shard), line);

    /// <summary>Undoes a write that a script does after the outbox.</summary>
    public Task SetLive(string packetId, double score) =>
        _redis.SortedSetAddAsync(PacketKeys.Live(shard), packetId, score);

    public Task SetMade(string packetId, double score) =>
        _redis.SortedSetAddAsync(PacketKeys.Made(shard), packetId, score);

    /// <summary>Puts a line into the outbox, under the next delivery number.</summary>
    public async Task PutIntoOutbox(string line) =>
        await _redis.SortedSetAddAsync(PacketKeys.Out(shard), line, 2 * await _redis.HashIncrementAsync(PacketKeys.Meta(shard), "seq"));

    private bool IsOfThisShard(string key) => key.StartsWith($"{shard}-", StringComparison.Ordinal);

    private static HashEntry[] Entries(IReadOnlyDictionary<string, string> fields) =>
        [.. fields.Select(field => new HashEntry(field.Key, field.Value))];

    private static Dictionary<string, string> Fields(HashEntry[] fields) =>
        fields.ToDictionary(field => (string)field.Name!, field => (string)field.Value!, StringComparer.Ordinal);

    private static Dictionary<string, double> Scores(SortedSetEntry[] set) =>
        set.ToDictionary(member => (string)member.Element!, member => member.Score, StringComparer.Ordinal);

    private bool IsEnded(string claim) => _keysEnded.Contains(claim.Split(' ')[0]);

    private static Dictionary<string, string> Present(IEnumerable<string> names, RedisValue[] values) =>
        names.Zip(values)
            .Where(each => !each.Second.IsNull)
            .ToDictionary(each => each.First, each => (string)each.Second!, StringComparer.Ordinal);
}
