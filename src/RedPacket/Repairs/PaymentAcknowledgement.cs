using System.Globalization;
using RedPacket.Comparison;
using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>
/// The acknowledged payments, by the ids of their parked entries, and the skipped ones with the reason.
/// </summary>
internal sealed record AcknowledgementAnswer(IReadOnlyList<long> Acknowledged, IReadOnlyList<SkippedEntry> Skipped);

/// <summary>
/// An operator has seen what the repair loop paid, so the report shows it no longer (PROTOCOL 5.5). No money moves.
/// Doing it twice does it once.
/// </summary>
internal sealed class PaymentAcknowledgement(
    ParkedReader parked, Journal journal, AuditTrail audits, TimeProvider clock, ILogger<PaymentAcknowledgement> logger)
{
    private const int PerPage = 500;

    /// <summary>Acknowledges these payments, or all when null.</summary>
    public async Task<AcknowledgementAnswer> Run(Actor actor, IReadOnlyList<long>? ids, CancellationToken cancellation)
    {
        List<long> acknowledged = [];
        List<SkippedEntry> skipped = [];
        var pages = new ParkedPages(after => parked.Payments(ids, after, PerPage, cancellation), ids);
        await foreach (var page in pages.Read())
        {
            var written = await Write(page, actor, cancellation);
            acknowledged.AddRange(written);
            skipped.AddRange(page.Select(row => row.Id).Except(written).Select(id => new SkippedEntry(id, "already_acknowledged")));
        }
        skipped.AddRange(pages.NotMet("not_a_payment"));
        if (acknowledged.Count > 0)
            logger.PaymentsAcknowledged(acknowledged.Count, actor.Name);
        return new AcknowledgementAnswer(acknowledged, skipped);
    }

    private async Task<List<long>> Write(List<ParkedEntry> page, Actor actor, CancellationToken cancellation)
    {
        List<ParkedEntry> written = [];
        await journal.Execute(transaction =>
        {
            var adjustments = new Adjustments(transaction);
            written = page.FindAll(row => adjustments.Acknowledge(row.Id, clock.GetUtcNow().ToUnixTimeMilliseconds()));
            if (written.Count > 0)
                audits.Write(transaction, actor, AuditTrail.Acknowledgement, [.. written.Select(Name)]);
        }, cancellation);
        return written.ConvertAll(row => row.Id);
    }

    private static string Name(ParkedEntry row) =>
        string.Create(CultureInfo.InvariantCulture, $"{row.PacketId} {row.UserId} {row.Id}");
}
