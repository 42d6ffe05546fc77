using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Runs background work with a loop for each shard: one that is away, shut or damaged delays no other (PROTOCOL 7.1).
/// Finds new shards every second. The shards that this process knows need no look at the set of shards, which may be away itself.
/// </summary>
internal sealed class ShardLoops(IConnectionMultiplexer redis, KeyHomes homes, TimeProvider clock,
    ILogger<ShardLoops> logger)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRest = TimeSpan.FromSeconds(5);
    private int _known = 1;

    /// <summary>Runs until stopped.</summary>
    /// <param name="work">Names the work in logs.</param>
    /// <param name="loop">
    /// The loop of one shard, which ends when it is stopped. If it throws, the error is logged and the loop starts
    /// again.
    /// </param>
    public async Task Run(string work, Func<int, CancellationToken, Task> loop, CancellationToken stopping)
    {
        Dictionary<int, Task> loops = [];
        void Start(IEnumerable<int> shards)
        {
            foreach (var shard in shards.Where(shard => !loops.ContainsKey(shard)))
                loops[shard] = Task.Run(() => Forever(work, shard, loop, stopping), CancellationToken.None);
            Volatile.Write(ref _known, loops.Count);
        }

        var discover = new Loop(clock, _ => true, outage => logger.RoundPostponed(outage.Message));
        await discover.Run(s_every, async _ =>
        {
            Start(Enumerable.Range(0, homes.Shards));
            Start(await Shards.All(redis.Primary()));
        }, stopping);
        await Task.WhenAll(loops.Values);
    }

    /// <summary>
    /// How long a shard's loop rests after work that took so long, so that the loops of all shards together rest so
    /// many times as long as they work. At most 5 s: after one slow answer nobody waits for minutes.
    /// </summary>
    public TimeSpan Rest(TimeSpan worked, int times) =>
        TimeSpan.FromTicks(Math.Min((worked * times * Volatile.Read(ref _known)).Ticks, s_longestRest.Ticks));

    private Task Forever(string work, int shard, Func<int, CancellationToken, Task> loop, CancellationToken stopping) =>
        new Loop(clock, _ => true, error => logger.ShardLoopFailed(error, work, shard)).Run(s_every, token => loop(shard, token), stopping);
}
