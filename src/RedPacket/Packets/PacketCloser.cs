using RedPacket.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>Closes packets whose time has come. Any number of these may run: the script decides, by Redis's clock.</summary>
internal sealed class PacketCloser(RedisPackets packets, ScriptRunner store, IOptions<PacketsOptions> options, ILogger<PacketCloser> logger) : BackgroundService
{
    private const int PerRound = 256;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepEvery);
        while (await Ticks(timer, stoppingToken))
        {
            try
            {
                foreach (var shard in await packets.Shards())
                    await CloseDue(shard, stoppingToken);
            }
            catch (Exception exception) when (exception is OutageException || RedisOutage.Is(exception))
            {
                logger.SweepPutOff(exception.Message);
            }
        }
    }

    /// <summary>Closes what is due in the shard; returns how many packets this call closed.</summary>
    public async Task<int> CloseDue(int shard, CancellationToken cancellation)
    {
        var closed = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var now = await RedisNow(shard);
            var due = await store.Database.SortedSetRangeByScoreAsync(PacketKeys.Live(shard), 0, now, take: PerRound);
            var answers = await Task.WhenAll(due.Select(id => Close(shard, (string)id!)));
            closed += answers.Count(answer => answer == "expired");
            if (due.Length < PerRound)
                break;
        }

        if (closed > 0)
            logger.PacketsExpired(closed, shard);
        return closed;
    }

    private async Task<string> Close(int shard, string packetId)
    {
        var answer = (string)(await store.Run(MoneyScript.Close, shard,
            [PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard), PacketKeys.Packet(shard, packetId)], [packetId]))!;
        if (answer == "expired")
            CrashPoint.Pass(CrashPoint.Refunded);
        return answer;
    }

    // Due is what Redis's clock says is due: this process's clock may be minutes off.
    private async Task<long> RedisNow(int shard)
    {
        var time = (RedisResult[])(await store.Database.ScriptEvaluateAsync("return redis.call('TIME')", [PacketKeys.Meta(shard)]))!;
        return (long)time[0] * 1000 + (long)time[1] / 1000;
    }

    private static async Task<bool> Ticks(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
