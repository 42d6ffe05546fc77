using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>One parked entry that was not replayed or corrected, and why.</summary>
internal sealed record SkippedEntry(long Id, string Reason)
{
    /// <summary>The payments for its packet would exceed the packet's fund.</summary>
    public const string BeyondTheFund = "beyond_the_fund";

    /// <summary>The house has paid its most of a day (<see cref="RepairsOptions.PayPerDayFen"/>).</summary>
    public const string BeyondTheDay = "beyond_the_day";
}

/// <summary>The entries that were sent to the ledger again, and those that were not.</summary>
internal sealed record ReplayAnswer(IReadOnlyList<long> Replayed, IReadOnlyList<SkippedEntry> Skipped);

/// <summary>
/// Sends parked entries to the ledger again: their lines go back into the outbox, for the slow lane. The parked row
/// stays until the ledger has the same line. An entry that meets the same conflict again stays parked. Doing it twice
/// does it once.
/// </summary>
internal sealed class Replay(ParkedReader parked, RedisReader redis, RedisPackets packets, Journal journal,
    AuditTrail audits, ILogger<Replay> logger)
{
    private const int PerPage = 500;

    /// <summary>
    /// Replays these, or all when null. Skips those whose shard is away, and throws when it could replay none for that
    /// reason.
    /// </summary>
    public async Task<ReplayAnswer> Run(Actor actor, IReadOnlyList<long>? ids, CancellationToken cancellation)
    {
        List<long> replayed = [];
        List<SkippedEntry> skipped = [];
        var away = new ShardsAway();
        var pages = new ParkedPages(after => parked.Entries(ids, after, PerPage, cancellation), ids);
        await foreach (var page in pages.Read())
            await Send(page, actor, away, replayed, skipped, cancellation);
        if (replayed.Count == 0 && away.First is { } outage)
            throw outage;
        skipped.AddRange(pages.NotMet("not_parked"));
        if (replayed.Count > 0)
            logger.EntriesReplayed(replayed.Count, actor.Name);
        return new ReplayAnswer(replayed, skipped);
    }

    private async Task Send(
        List<ParkedEntry> page, Actor actor, ShardsAway away, List<long> replayed, List<SkippedEntry> skipped,
        CancellationToken cancellation)
    {
        List<(long Id, Entry Entry)> fit = [];
        foreach (var row in page)
        {
            if (await WhyNot(row, away) is { } reason)
                skipped.Add(new SkippedEntry(row.Id, reason));
            else if (Entry.TryParse(row.Payload, out var entry))
                fit.Add((row.Id, entry!));
        }
        if (fit.Count == 0)
            return;
        await journal.Execute(transaction =>
        {
            audits.Write(transaction, actor, AuditTrail.Replay, [.. fit.Select(one => $"{one.Entry.PacketId} {Name(one.Entry)}")]);
            new Adjustments(transaction).Replayed(fit.Select(one => one.Id));
        }, cancellation);
        CrashPoint.Pass(CrashPoint.ReplayAudited);
        foreach (var packet in fit.GroupBy(one => one.Entry.PacketId))
        {
            _ = PacketId.TryParse(packet.Key, out var shard);
            if (await away.Ask(shard, () => packets.PutBack(packet.Key, [.. packet.Select(one => Name(one.Entry))])))
                replayed.AddRange(packet.Select(one => one.Id));
            else
                skipped.AddRange(packet.Select(one => new SkippedEntry(one.Id, ShardsAway.Reason)));
            CrashPoint.Pass(CrashPoint.ReplayPutBack);
        }
    }

    private async Task<string?> WhyNot(ParkedEntry row, ShardsAway away)
    {
        if (!Entry.TryParse(row.Payload, out var entry) || !PacketId.TryParse(entry!.PacketId, out var shard))
            return "unreadable";
        string? reason = null;
        return await away.Ask(shard, async () => reason = await WhyNot(row, entry, shard)) ? reason : ShardsAway.Reason;
    }

    // Only the packet's own line is sent again. The ledger would park any other line again.
    private async Task<string?> WhyNot(ParkedEntry row, Entry entry, int shard)
    {
        if (await redis.Read(entry.PacketId) is not { } packet)
            return "packet_unknown";
        var line = entry.Kind switch
        {
            EntryKind.Fund => packet.FundLine,
            EntryKind.Refund => packet.RefundLine(entry.Ordinal),
            _ => (await redis.Claims(entry.PacketId, [entry.Ordinal]))[0]?.Line(entry.PacketId),
        };
        if (line != row.Payload)
            return "not_the_packets_own";
        return (await redis.InOutbox(shard, [line]))[0] ? "on_its_way" : null;
    }

    private static string Name(Entry entry) => RedisPackets.NameOf(entry.Kind, entry.Ordinal);
}
