using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>The result of one scan of everything that is not archived, and the sides that it could not read.</summary>
internal sealed class FullScanResult
{
    public ComparisonTally Tally { get; } = new();
    public string? StoreUnread { get; set; }
    public string? LedgerUnread { get; set; }
}

/// <summary>
/// Compares all packets that are not archived: those that Redis lists, and those that only the ledger has. A shard
/// whose gate is shut counts as unread, and so does one whose packets are still being compared. A shard whose gate was
/// opened again during the scan is read again.
/// </summary>
internal sealed class FullScan(
    RedisReader redis, LedgerReader ledger, PacketComparer comparer, ComparedShards compared, IOptions<ComparisonOptions> options,
    TimeProvider clock)
{
    private const int Attempts = 3;
    private Dictionary<int, LedgerShard> _lastArchived = [];

    public async Task<FullScanResult> Run(CancellationToken cancellation)
    {
        var result = new FullScanResult();
        try
        {
            var archived = await Archived(result, cancellation);
            foreach (var shard in (await redis.Shards()).Union(archived.Keys).Order())
                await UnlessAway(shard, result, cancellation);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            result.StoreUnread = UnreadReason.Redis(exception);
        }
        return result;
    }

    // A shard that is away leaves the others to be compared.
    private async Task UnlessAway(int shard, FullScanResult result, CancellationToken cancellation)
    {
        try
        {
            await Shard(shard, result, cancellation);
        }
        catch (Exception exception) when (RedisOutage.Is(exception) || exception is OutageException { Outage: Outage.Store })
        {
            result.StoreUnread = UnreadReason.Redis(exception);
        }
    }

    private async Task Shard(int shard, FullScanResult result, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            // Redis is asked before and after: it may be restarted, restored or promoted meanwhile.
            var (run, whyUnread) = await compared.Ask(shard);
            if (run is null)
            {
                result.StoreUnread = whyUnread;
                return;
            }
            var tally = await Read(shard, result, cancellation);
            if ((await compared.Ask(shard)).Run != run)
                continue;
            result.Tally.Add(tally);
            return;
        }
        result.StoreUnread = UnreadReason.GateWasShut(shard);
    }

    private async Task<ComparisonTally> Read(int shard, FullScanResult result, CancellationToken cancellation)
    {
        var nowMs = await redis.Now(shard);
        try
        {
            if (result.LedgerUnread is null)
                return await Compare(shard, nowMs, cancellation);
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            result.LedgerUnread = UnreadReason.Ledger(exception);
        }
        return await OnlyStore(shard, nowMs, cancellation);
    }

    private async Task<ComparisonTally> Compare(int shard, long nowMs, CancellationToken cancellation)
    {
        var tally = new ComparisonTally();
        var closed = new ArchiveOverlap(clock.GetUtcNow().ToUnixTimeMilliseconds());
        await foreach (var page in redis.Live(shard, options.Value.PacketsPerPage, cancellation))
        {
            await foreach (var packet in comparer.Compare(page, nowMs, cancellation))
            {
                tally.Add(packet.Tally);
                closed.Note(packet);
            }
        }
        await foreach (var page in OnlyInLedger(shard, cancellation))
        {
            await foreach (var packet in comparer.Compare(page, nowMs, cancellation))
                tally.Add(packet.Tally);
        }
        await closed.AddArchived(tally, shard, ledger, cancellation);
        return tally;
    }

    // The ledger is read first and Redis second. Every entry of the ledger was in Redis before, so a packet that Redis
    // does not list now was deleted.
    private async IAsyncEnumerable<List<string>> OnlyInLedger(int shard,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var after = 0L; ;)
        {
            var page = await ledger.NotArchived(shard, after, options.Value.PacketsPerPage, cancellation);
            if (page.Count == 0)
                yield break;
            after = page[^1].Number;
            var listed = await redis.Listed(shard, [.. page.Select(packet => packet.PacketId)]);
            yield return [.. page.Where(packet => !listed.Contains(packet.PacketId)).Select(packet => packet.PacketId)];
        }
    }

    private async Task<ComparisonTally> OnlyStore(int shard, long nowMs, CancellationToken cancellation)
    {
        var tally = new ComparisonTally();
        await foreach (var page in redis.Live(shard, options.Value.PacketsPerPage, cancellation))
        {
            foreach (var packet in (await redis.Read(page)).OfType<StoredPacket>())
            {
                tally.Granted += packet.Next - 1;
                tally.AddPacket(packet, packet.GrantedFen, nowMs);
            }
        }
        if (_lastArchived.GetValueOrDefault(shard) is { } archived)
            tally.AddArchived(archived);
        return tally;
    }

    // These sums change only when the ledger can be written. While it cannot be read, the last ones hold.
    private async Task<Dictionary<int, LedgerShard>> Archived(FullScanResult result, CancellationToken cancellation)
    {
        try
        {
            return result.LedgerUnread is null ? _lastArchived = await ledger.Archived(cancellation) : _lastArchived;
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            result.LedgerUnread = UnreadReason.Ledger(exception);
            return _lastArchived;
        }
    }
}
