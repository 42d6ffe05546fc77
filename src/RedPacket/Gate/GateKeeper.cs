using System.Data.Common;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Gate;

/// <summary>
/// Looks for shards whose gate is shut, and opens them. A gate shuts when Redis was restarted, restored, promoted or flushed.
/// Any number of these may run; one of them opens.
/// </summary>
internal sealed class GateKeeper(
    GateOpener opener, RedisReader reader, LedgerReader ledger, IConnectionMultiplexer redis, Journal journal, TimeProvider clock,
    ILogger<GateKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);
    private string? _reason;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, IsOutage, Postponed).Run(s_pause, OpenAll, stoppingToken);

    private async Task OpenAll(CancellationToken stopping)
    {
        // Without its ledger a gate stays as it is. The journal reports that outage.
        foreach (var shard in journal.State.Up ? await AllShards(stopping) : [])
        {
            if (!await opener.IsOpen(shard))
                await opener.Open(shard, stopping);
        }

        _reason = null;
    }

    // The shards of Redis and those of the ledger: a flushed Redis knows none.
    private async Task<IEnumerable<int>> AllShards(CancellationToken cancellation)
    {
        var known = await reader.Shards();
        if (known.Length > 0 && (await Task.WhenAll(known.Select(opener.IsOpen))).All(open => open))
            return [];
        var recorded = await ledger.Shards(cancellation);
        await Shards.Add(redis.Primary(), recorded);
        return known.Union(recorded).Order();
    }

    private static bool IsOutage(Exception exception) => RedisOutage.Is(exception) || LedgerOutage.IsOutage(exception)
        || exception is DbException or OutageException or OpeningLostException;

    // Logged once: a gate that waits for its ledger is tried four times a second.
    private void Postponed(Exception outage)
    {
        if (outage.Message != _reason)
            logger.GateStaysShut(outage.Message);
        _reason = outage.Message;
    }
}
