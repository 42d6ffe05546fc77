using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Packets.Traces;

namespace RedPacket.Feed;

/// <summary>A page of the feed.</summary>
/// <param name="Ledger">The number of the ledger: 0, because there is one.</param>
/// <param name="Next">What to pass as <c>after</c>. Everything up to it was in this page or of another kind.</param>
/// <param name="Head">The newest transfer. The page reached it when <paramref name="Next"/> is equal.</param>
internal sealed record FeedPage(int Ledger, IReadOnlyList<SettledTransfer> Transfers, long Next, long Head);

/// <summary>The question that a page answers.</summary>
internal sealed record FeedRequest(long After, int Limit, EntryKind? Kind = null, long? Through = null);

/// <summary>
/// Reads transfers in ledger order (PROTOCOL 6.2, PROTOCOL 9.1). Their numbers have no gaps, so a reader who keeps its position misses
/// none and sees none twice.
/// </summary>
internal sealed class FeedReader(IDbContextFactory<LedgerDbContext> contexts, FeedPace pace)
{
    /// <summary>Where only one kind is asked for, a page looks at so many transfers at most.</summary>
    private const int SpanOfAPage = 100_000;

    /// <summary>A page, when its turn has come.</summary>
    public async Task<FeedPage> Read(FeedRequest asked, CancellationToken cancellation)
    {
        var (limit, read) = (asked.Limit, 0);
        try
        {
            await pace.Turn(limit, cancellation);
            var page = await Page(asked, cancellation);
            read = page.Transfers.Count;
            return page;
        }
        finally
        {
            // Also when the reader has gone or the ledger is away.
            pace.Unused(limit - read);
        }
    }

    /// <summary>
    /// The same without its turn, for the announcer: it must not wait behind a reader of the whole history.
    /// </summary>
    public async Task<FeedPage> Page(FeedRequest asked, CancellationToken cancellation)
    {
        var (after, limit, kind, through) = asked;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var head = await db.Transfers.MaxAsync(transfer => (long?)transfer.Id, cancellation) ?? 0;
        var end = Math.Min(through ?? head, head);
        if (kind is not null)
            end = Math.Min(end, after + SpanOfAPage);
        var rows = await Rows(db, after, end, kind).Take(limit).ToListAsync(cancellation);
        var next = rows.Count == limit ? rows[^1].Transfer.Id : Math.Max(after, end);
        var followed = await Followed(db, rows, cancellation);
        return new FeedPage(0, rows.ConvertAll(row => Shown(row, followed)), next, head);
    }

    // A recording has the followed shares of its message. An entry that came by two messages belongs to the one that the
    // transfer names.
    private static async Task<Dictionary<(long Recording, string PacketId, long Ordinal), string>> Followed(
        LedgerDbContext db, List<Row> rows, CancellationToken cancellation)
    {
        Dictionary<(long, string, long), string> traces = [];
        var grabs = rows.FindAll(row => row.Transfer.Kind == EntryKind.Grab);
        if (grabs.Count == 0)
            return traces;
        var (first, last) = (grabs.Min(row => row.Transfer.Recording), grabs.Max(row => row.Transfer.Recording));
        var recordings = await db.Recordings.AsNoTracking()
            .Where(recording => recording.Id >= first && recording.Id <= last && recording.Followed != null)
            .Select(recording => new { recording.Id, recording.Followed }).ToListAsync(cancellation);
        foreach (var recording in recordings)
        {
            foreach (var claim in FollowedClaim.Read(recording.Followed))
                traces[(recording.Id, claim.PacketId, claim.Ordinal)] = claim.Traceparent;
        }
        return traces;
    }

    private static IQueryable<Row> Rows(LedgerDbContext db, long after, long end, EntryKind? kind) =>
        from transfer in db.Transfers.AsNoTracking()
        where transfer.Id > after && transfer.Id <= end && (kind == null || transfer.Kind == kind)
        orderby transfer.Id
        select new Row(
            transfer,
            db.Packets.Where(packet => packet.Number == transfer.Packet).Select(packet => packet.PacketId).FirstOrDefault(),
            db.Packets.Where(packet => packet.Number == transfer.Packet && transfer.Kind == EntryKind.Fund)
                .Select(packet => packet.Terms).FirstOrDefault(),
            db.Accounts.Where(account => account.Id == transfer.CreditAccount).Select(account => account.Code).FirstOrDefault(),
            db.Recordings.Where(recording => recording.Id == transfer.Recording).Select(recording => (long?)recording.RecordedAt)
                .FirstOrDefault());

    private static SettledTransfer Shown(Row row, Dictionary<(long, string, long), string> followed) => new(
        row.Transfer.Id, EntryName.Of(row.Transfer.Kind), row.PacketId ?? "",
        row.Transfer.Kind == EntryKind.Grab ? row.Transfer.Ordinal : null,
        row.Transfer.Kind == EntryKind.Fund
            ? PacketTerms.TryParse(row.Terms ?? "", row.Transfer.AmountFen)?.Sender ?? ""
            : AccountCode.UserOf(row.CreditCode ?? ""),
        row.Transfer.AmountFen, DateTimeOffset.FromUnixTimeMilliseconds(row.Transfer.GrantedAt),
        row.RecordedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        row.Transfer.Kind == EntryKind.Grab
            ? followed.GetValueOrDefault((row.Transfer.Recording, row.PacketId ?? "", row.Transfer.Ordinal))
            : null);

    private sealed record Row(Transfer Transfer, string? PacketId, string? Terms, string? CreditCode, long? RecordedAt);
}
