using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>
/// Looks for missing entries and puts them back: packets that changed lately every few seconds, everything that is not archived over
/// minutes. It also pays the shares of lost runs. It rests many times as long as it works. Any number may run.
/// </summary>
internal sealed class RepairLoop(
    RedisReader redis, MissingEntryRepair repair, LostRunCorrections corrections, Journal journal, IOptions<RepairsOptions> options,
    TimeProvider clock, ILogger<RepairLoop> logger)
    : BackgroundService
{
    private const int LatestPerShard = 200;
    private const int PacketsPerStep = 100;

    // The state of each of the latest packets when it was compared last.
    private Dictionary<string, (int Next, string State)> _compared = new(StringComparer.Ordinal);
    private readonly Loop _loop = new(clock, IsOutage, outage => logger.RepairPostponed(outage.Message));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.Repair
        // SQLite answers synchronously, and the start of the host waits for the first await.
        ? Task.Run(() => Task.WhenAll(new[] { Changed, Pass, PayLostRuns }.Select(round => Forever(round, stoppingToken))), stoppingToken)
        : Task.CompletedTask;

    // Without its ledger there is nothing to compare with. The journal reports that outage.
    private Task Forever(Func<CancellationToken, Task> round, CancellationToken stopping) =>
        _loop.Run(options.Value.RepairInterval, token => journal.State.Up ? round(token) : Task.CompletedTask, stopping);

    private static bool IsOutage(Exception exception) =>
        exception is OutageException || RedisOutage.Is(exception) || LedgerOutage.IsUnread(exception);

    // The packets made last and closed last, where something happened since they were compared.
    private async Task Changed(CancellationToken cancellation)
    {
        var compared = new Dictionary<string, (int, string)>(StringComparer.Ordinal);
        foreach (var shard in await redis.Shards())
        {
            var ids = (await redis.LatestMade(shard, LatestPerShard)).Union(await redis.LatestClosed(shard, LatestPerShard));
            var latest = await redis.Read([.. ids]);
            var changed = latest.OfType<StoredPacket>()
                .Where(packet => _compared.GetValueOrDefault(packet.PacketId) != (packet.Next, packet.State)).ToList();
            await Step(shard, [.. changed.Select(packet => packet.PacketId)], TimeSpan.Zero, cancellation);
            foreach (var packet in latest.OfType<StoredPacket>())
                compared[packet.PacketId] = (packet.Next, packet.State);
        }
        _compared = compared;
    }

    private async Task Pass(CancellationToken cancellation)
    {
        foreach (var shard in await redis.Shards())
        {
            var pause = options.Value.RepairPass / (await redis.Count(shard) / PacketsPerStep + 1);
            await foreach (var page in redis.Live(shard, PacketsPerStep, cancellation))
                await Step(shard, page, pause, cancellation);
        }
    }

    private async Task PayLostRuns(CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        await corrections.Pay(Actor.Repair, cancellation);
        await _loop.Pause(clock.GetElapsedTime(started) * options.Value.RepairRest, cancellation);
    }

    private async Task Step(int shard, IReadOnlyList<string> packetIds, TimeSpan pause, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        await repair.Some(shard, packetIds, Actor.Repair, dryRun: false, cancellation);
        var rest = clock.GetElapsedTime(started) * options.Value.RepairRest;
        await _loop.Pause(rest > pause ? rest : pause, cancellation);
    }
}
