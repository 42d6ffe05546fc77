using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>Closes packets whose time is over. Any number of these may run: the script decides, by the clock of Redis.</summary>
internal sealed class PacketCloser(
    RedisPackets packets, ScriptRunner scripts, IOptions<PacketsOptions> options, TimeProvider clock, ILogger<PacketCloser> logger)
    : BackgroundService
{
    private const int PerRound = 256;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, IsOutage, outage => logger.RoundPostponed(outage.Message)).Run(options.Value.SweepEvery, CloseDue, stoppingToken);

    private static bool IsOutage(Exception exception) => exception is OutageException || RedisOutage.Is(exception);

    private async Task CloseDue(CancellationToken stopping)
    {
        foreach (var shard in await packets.Shards())
            await CloseDue(shard, stopping);
    }

    /// <summary>Closes what is due in the shard; returns how many packets this call closed.</summary>
    public async Task<int> CloseDue(int shard, CancellationToken cancellation)
    {
        var closed = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var now = await RedisClock.Now(scripts.Database, shard);
            var due = await scripts.Database.SortedSetRangeByScoreAsync(PacketKeys.Live(shard), 0, now, take: PerRound);
            var answers = await Task.WhenAll(due.Select(id => Close(shard, (string)id!)));
            closed += answers.Count(isClosedNow => isClosedNow);
            if (due.Length < PerRound)
                break;
        }

        if (closed > 0)
            logger.PacketsExpired(closed, shard);
        return closed;
    }

    // True when this call closed it.
    private async Task<bool> Close(int shard, string packetId)
    {
        RedisKey[] keys =
        [
            PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard),
            PacketKeys.Packet(shard, packetId),
        ];
        switch ((string?)await scripts.Run(MoneyScript.Close, shard, keys, [packetId]))
        {
            case PacketState.Expired:
                CrashPoint.Pass(CrashPoint.Refunded);
                return true;
            case "early" or "again" or "unknown":
                return false;
            case "damaged":
                logger.PacketNotClosed(packetId);
                return false;
            case var word:
                throw MoneyScript.Close.Unknown(word);
        }
    }
}
