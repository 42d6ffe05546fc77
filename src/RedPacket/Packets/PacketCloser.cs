using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Closes packets whose time is over, many in a call. Any number of these may run: the script decides, by the clock of
/// Redis. However many are due, they take a fifth of Redis's time at most, and grabs have the rest.
/// </summary>
internal sealed class PacketCloser(
    ShardLoops shards, ScriptRunner scripts, IOptions<PacketsOptions> options, TimeProvider clock, ILogger<PacketCloser> logger)
    : BackgroundService
{
    private const int PerCall = 200;
    private const int RestTimes = 4;
    private readonly Loop _loop = new(clock, RedisOutage.Postpones, outage => logger.RoundPostponed(outage.Message));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => shards.Run("Closing",
        (shard, stopping) => _loop.Run(options.Value.SweepEvery, token => CloseDue(shard, token), stopping), stoppingToken);

    /// <summary>Closes what is due in the shard; returns how many packets this call closed.</summary>
    public async Task<int> CloseDue(int shard, CancellationToken cancellation)
    {
        var closed = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            var now = await RedisClock.Now(scripts.Database, shard);
            var due = await scripts.Database.SortedSetRangeByScoreAsync(PacketKeys.Live(shard), 0, now, take: PerCall);
            if (due.Length > 0)
                closed += await Close(shard, [.. due.Select(id => (string)id!)]);
            if (due.Length < PerCall)
                break;
            await _loop.Pause(shards.Rest(clock.GetElapsedTime(started), RestTimes), cancellation);
        }

        if (closed > 0)
            logger.PacketsExpired(closed, shard);
        return closed;
    }

    // Returns how many this call closed.
    private async Task<int> Close(int shard, string[] packetIds)
    {
        RedisKey[] keys =
        [
            PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard),
            PacketKeys.Wanted(shard), .. packetIds.Select(id => PacketKeys.Packet(shard, id)),
        ];
        var answers = await scripts.Run(MoneyScript.Close, shard, keys, [.. packetIds.Select(id => (RedisValue)id)]);
        return packetIds.Where((id, index) => IsClosedNow(id, (string?)answers[index])).Count();
    }

    private bool IsClosedNow(string packetId, string? answer)
    {
        switch (answer)
        {
            case PacketState.Expired:
                CrashPoint.Pass(CrashPoint.Refunded);
                return true;
            case "early" or "again" or "unknown" or MoneyScript.Unchecked:
                return false;
            case "damaged":
                logger.PacketNotClosed(packetId);
                return false;
            default:
                throw MoneyScript.Close.Unknown(answer);
        }
    }
}
