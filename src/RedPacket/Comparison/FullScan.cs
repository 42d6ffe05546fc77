using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>What one pass over everything that is not archived has found, and which side it could not read.</summary>
internal sealed class FullScanResult
{
    public ComparisonTally Findings { get; } = new();
    public string? StoreUnread { get; set; }
    public string? LedgerUnread { get; set; }
}

/// <summary>
/// Goes over all packets that are not archived: those that Redis lists, and those that only the ledger knows. A shard whose gate is closed counts as unread;
/// one that was opened anew while it was read is read again.
/// </summary>
internal sealed class FullScan(
    RedisReader store, LedgerReader ledger, PacketComparer examination, ShardGate gate, IOptions<ReconciliationOptions> options, TimeProvider clock)
{
    private const int Attempts = 3;
    private Dictionary<int, LedgerShard> _lastArchived = [];

    public async Task<FullScanResult> Run(CancellationToken cancellation)
    {
        var result = new FullScanResult();
        try
        {
            var archived = await Archived(result, cancellation);
            foreach (var shard in (await store.Shards()).Union(archived.Keys).Order())
                await Shard(shard, result, cancellation);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            result.StoreUnread = $"Redis could not be read: {exception.Message}";
        }
        return result;
    }

    private async Task Shard(int shard, FullScanResult result, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            // Asked anew, before and after: a Redis that was restored a moment ago remembers the run, and nobody here has been refused by it yet.
            if (await gate.Look(shard) is not { } run)
            {
                result.StoreUnread = $"The gate of shard {shard} is closed: its packets are being compared with the ledger.";
                return;
            }
            var findings = await Read(shard, result, cancellation);
            if ((await gate.Look(shard))?.Nonce != run.Nonce)
                continue;
            result.Findings.Add(findings);
            return;
        }
        result.StoreUnread = $"The gate of shard {shard} was opened anew while it was read. Ask again.";
    }

    private async Task<ComparisonTally> Read(int shard, FullScanResult result, CancellationToken cancellation)
    {
        var nowMs = await store.Now(shard);
        try
        {
            if (result.LedgerUnread is null)
                return await Compare(shard, nowMs, cancellation);
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            result.LedgerUnread = Reason(exception);
        }
        return await OnlyStore(shard, nowMs, cancellation);
    }

    private async Task<ComparisonTally> Compare(int shard, long nowMs, CancellationToken cancellation)
    {
        var findings = new ComparisonTally();
        var closed = new ArchiveOverlap(clock.GetUtcNow().ToUnixTimeMilliseconds());
        await foreach (var page in store.Live(shard, options.Value.PacketsPerPage, cancellation))
        {
            await foreach (var packet in examination.Examine(page, nowMs, cancellation))
            {
                findings.Add(packet.Findings);
                closed.Note(packet);
            }
        }
        await foreach (var page in OnlyInLedger(shard, cancellation))
        {
            await foreach (var packet in examination.Examine(page, nowMs, cancellation))
                findings.Add(packet.Findings);
        }
        await closed.AddArchived(findings, shard, ledger, cancellation);
        return findings;
    }

    // The ledger is read first and Redis after it: what the ledger knows was in Redis before, so what is not listed now was taken away.
    private async IAsyncEnumerable<List<string>> OnlyInLedger(int shard, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var after = 0L; ;)
        {
            var page = await ledger.NotArchived(shard, after, options.Value.PacketsPerPage, cancellation);
            if (page.Count == 0)
                yield break;
            after = page[^1].Number;
            var listed = await store.Listed(shard, [.. page.Select(packet => packet.PacketId)]);
            yield return [.. page.Where(packet => !listed.Contains(packet.PacketId)).Select(packet => packet.PacketId)];
        }
    }

    private async Task<ComparisonTally> OnlyStore(int shard, long nowMs, CancellationToken cancellation)
    {
        var findings = new ComparisonTally();
        await foreach (var page in store.Live(shard, options.Value.PacketsPerPage, cancellation))
        {
            foreach (var packet in (await store.Read(page)).OfType<StoredPacket>())
            {
                findings.Granted += packet.Next - 1;
                findings.AddPacket(packet, packet.GrantedFen, nowMs);
            }
        }
        if (_lastArchived.GetValueOrDefault(shard) is { } archived)
            findings.AddArchived(archived);
        return findings;
    }

    // These sums change only when the ledger can be written: while it cannot be read, those read last hold.
    private async Task<Dictionary<int, LedgerShard>> Archived(FullScanResult result, CancellationToken cancellation)
    {
        try
        {
            return result.LedgerUnread is null ? _lastArchived = await ledger.Archived(cancellation) : _lastArchived;
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            result.LedgerUnread = Reason(exception);
            return _lastArchived;
        }
    }

    /// <summary>Why the ledger could not be read, in one line.</summary>
    public static string Reason(Exception exception) => $"The ledger could not be read: {(exception.InnerException ?? exception).Message}";
}
