using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using RedPacket.Packets;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Packets;

/// <summary>One loop for each shard, whatever another one does.</summary>
[Needs("servers")]
public sealed class ShardLoopsTests(RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private readonly LogLines _log = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task ShardThatHangsOrFails_DelaysNoOther_AndNewOnesAreFound()
    {
        await redis.Flush();
        await Shards.Add(redis.Database, 1, 2);
        var starts = new ConcurrentDictionary<int, int>();
        var loops = Loops(shards: 1);

        var run = loops.Run("Work", async (shard, stopping) =>
        {
            starts.AddOrUpdate(shard, 1, (_, times) => times + 1);
            if (shard == 1)
                throw new InvalidOperationException("a bug");
            await Hangs(stopping);
        }, _stop.Token);

        await Eventually.Holds(() => starts.GetValueOrDefault(1) > 1 && starts.ContainsKey(2));
        await Shards.Add(redis.Database, 7);
        await Eventually.Holds(() => starts.ContainsKey(7));
        Assert.Equal((1, 1), (starts[0], starts[2]));
        Assert.Contains("Work of shard 1 failed", _log.Text, StringComparison.Ordinal);
        await _stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task SetOfShardsAway_OwnShardsAreServed()
    {
        await redis.Flush();
        await redis.Database.StringSetAsync(PacketKeys.Shards, "no set");
        var starts = new ConcurrentDictionary<int, bool>();

        var run = Loops(shards: 3).Run("Work", (shard, stopping) =>
        {
            starts[shard] = true;
            return Hangs(stopping);
        }, _stop.Token);

        await Eventually.Holds(() => starts.Count == 3);
        await _stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Rest_CountsForAllShardsTogether()
    {
        await redis.Flush();
        var started = 0;
        var loops = Loops(shards: 4);
        var run = loops.Run("Work", (_, stopping) =>
        {
            Interlocked.Increment(ref started);
            return Hangs(stopping);
        }, _stop.Token);
        await Eventually.Holds(() => Volatile.Read(ref started) == 4);

        Assert.Equal(TimeSpan.FromMilliseconds(19 * 4 * 10), loops.Rest(TimeSpan.FromMilliseconds(10), 19));
        Assert.Equal(TimeSpan.FromSeconds(5), loops.Rest(TimeSpan.FromSeconds(1), 19));
        await _stop.CancelAsync();
        await run;
    }

    private static Task Hangs(CancellationToken stopping)
    {
        var stopped = new TaskCompletionSource();
        stopping.Register(() => stopped.TrySetResult());
        return stopped.Task;
    }

    private ShardLoops Loops(int shards)
    {
        var homes = new KeyHomes();
        homes.Learn(shards);
        return new ShardLoops(redis.Connection, homes, TimeProvider.System, Logger());
    }

    private ILogger<ShardLoops> Logger() =>
        LoggerFactory.Create(logging => logging.AddProvider(_log)).CreateLogger<ShardLoops>();
}
