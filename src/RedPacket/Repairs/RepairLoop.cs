using Microsoft.Extensions.Options;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>
/// Looks for missing entries and puts them back: packets that changed lately every few seconds, everything that is not
/// archived over minutes. It also pays the shares of lost runs. It rests many times as long as it works. Any number may
/// run.
/// </summary>
internal sealed class RepairLoop(
    ShardLoops shards, RedisReader redis, MissingEntryRepair repair, LostRunCorrections corrections, Journal journal,
    IOptions<RepairsOptions> options, TimeProvider clock, ILogger<RepairLoop> logger)
    : BackgroundService
{
    private const int LatestPerShard = 200;
    private const int PacketsPerStep = 100;

    private readonly Loop _loop = new(clock, IsOutage, outage => logger.RepairPostponed(outage.Message));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.Repair
        ? Task.WhenAll(
            shards.Run("Repair of the latest packets", Latest, stoppingToken),
            shards.Run("Repair of all packets", (shard, stopping) => Forever(token => Pass(shard, token), stopping), stoppingToken),
            shards.Run("Correction", (shard, stopping) => Forever(token => PayLostRuns(shard, token), stopping), stoppingToken))
        : Task.CompletedTask;

    // Without its ledger there is nothing to compare with. The journal reports that outage.
    private Task Forever(Func<CancellationToken, Task> round, CancellationToken stopping) =>
        _loop.Run(options.Value.RepairInterval, token => journal.State.Up ? round(token) : Task.CompletedTask, stopping);

    private static bool IsOutage(Exception exception) =>
        RedisOutage.Postpones(exception) || LedgerOutage.IsUnread(exception);

    // The packets made last and closed last, where something happened since they were compared.
    private Task Latest(int shard, CancellationToken stopping)
    {
        // The state of each of them when it was compared last.
        Dictionary<string, (int Next, string State)> compared = [];
        return Forever(async cancellation =>
        {
            var ids = (await redis.LatestMade(shard, LatestPerShard)).Union(await redis.LatestClosed(shard, LatestPerShard));
            var latest = (await redis.Read([.. ids])).OfType<StoredPacket>().ToList();
            var changed = latest.Where(packet => compared.GetValueOrDefault(packet.PacketId) != (packet.Next, packet.State));
            await Step(shard, [.. changed.Select(packet => packet.PacketId)], TimeSpan.Zero, cancellation);
            compared = latest.ToDictionary(packet => packet.PacketId, packet => (packet.Next, packet.State), StringComparer.Ordinal);
        }, stopping);
    }

    private async Task Pass(int shard, CancellationToken cancellation)
    {
        var pause = options.Value.RepairPass / (await redis.Count(shard) / PacketsPerStep + 1);
        await foreach (var page in redis.Live(shard, PacketsPerStep, cancellation))
            await Step(shard, page, pause, cancellation);
    }

    private async Task PayLostRuns(int shard, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        await corrections.Pay(shard, Actor.Repair, cancellation);
        await _loop.Pause(Rest(started), cancellation);
    }

    private async Task Step(int shard, IReadOnlyList<string> packetIds, TimeSpan pause, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        await Some(shard, packetIds, cancellation);
        var rest = Rest(started);
        await _loop.Pause(rest > pause ? rest : pause, cancellation);
    }

    // A packet that cannot be compared stops none of the others.
    private async Task Some(int shard, IReadOnlyList<string> packetIds, CancellationToken cancellation)
    {
        try
        {
            await repair.Some(shard, packetIds, Actor.Repair, dryRun: false, cancellation);
        }
        catch (Exception exception) when (!IsOutage(exception) && !cancellation.IsCancellationRequested)
        {
            if (packetIds.Count == 1)
                logger.PacketNotRepaired(exception, packetIds[0]);
            foreach (var packetId in packetIds.Count == 1 ? [] : packetIds)
                await Some(shard, [packetId], cancellation);
        }
    }

    // A machine that does other things must not end repair for hours.
    private TimeSpan Rest(long started)
    {
        var rest = shards.Rest(clock.GetElapsedTime(started), options.Value.RepairRest);
        return rest < options.Value.RepairPass ? rest : options.Value.RepairPass;
    }
}
