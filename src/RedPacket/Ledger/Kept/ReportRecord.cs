using System.Globalization;

namespace RedPacket.Ledger.Kept;

/// <summary>A rule that fails. <paramref name="Difference"/>: between its sides, without a sign.</summary>
internal sealed record FailingRule(string Id, long Difference);

/// <summary>
/// Keeps reports and the alerts that follow from them. A rule that fails opens an alert, and a later report in which the
/// rule passes resolves it.
/// </summary>
internal sealed class ReportRecord(Journal journal, AuditTrail audits, TimeProvider clock)
{
    /// <summary>Keeps a report, moves the alerts, and forgets what is older than <paramref name="oldest"/>.</summary>
    /// <param name="unknown">The rules that could not be checked. Their alerts stay as they are.</param>
    public Task Keep(KeptReport report, IReadOnlyList<FailingRule> failing, IReadOnlyCollection<string> unknown, DateTimeOffset oldest,
        CancellationToken cancellation) => journal.Execute(transaction =>
        {
            transaction.Execute("INSERT INTO reports (as_of, line, report) VALUES (@asOf, @line, @report)",
                ("asOf", report.AsOf), ("line", report.Line), ("report", report.Report));
            foreach (var rule in failing)
                Open(transaction, rule, report.AsOf);
            var unresolved = transaction.Rows("SELECT rule FROM alerts WHERE resolved_at IS NULL", row => row.GetString(0));
            // An alert of a rule that this version does not have is resolved too.
            foreach (var rule in unresolved.Except(failing.Select(rule => rule.Id)).Except(unknown))
                Resolve(transaction, rule, report.AsOf);
            Forget(transaction, oldest.ToUnixTimeMilliseconds());
        }, cancellation);

    /// <summary>
    /// An operator has seen these alerts. Returns those that were open until now, with an audit: neither acknowledged nor
    /// resolved.
    /// </summary>
    public async Task<IReadOnlyList<long>> Acknowledge(Actor actor, IReadOnlyList<long> ids, CancellationToken cancellation)
    {
        List<long> acknowledged = [];
        await journal.Execute(transaction =>
        {
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            acknowledged = [.. ids.Distinct().Where(id => transaction.Execute(
                "UPDATE alerts SET acknowledged_at = @now, acknowledged_by = @by "
                + "WHERE id = @id AND resolved_at IS NULL AND acknowledged_at IS NULL",
                ("now", now), ("by", actor.Name), ("id", id)) == 1)];
            if (acknowledged.Count > 0)
                audits.Write(transaction, actor, AuditTrail.AlertAcknowledged,
                    [.. acknowledged.Select(id => string.Create(CultureInfo.InvariantCulture, $"alert {id}"))]);
        }, cancellation);
        return acknowledged;
    }

    // One that was acknowledged opens again when it gets worse. Two reports made side by side may come in the wrong order.
    private static void Open(LedgerTransaction transaction, FailingRule rule, long at) => transaction.Execute("""
        INSERT INTO alerts (rule, opened_at, seen_at, worst) VALUES (@rule, @at, @at, @difference)
        ON CONFLICT (rule) WHERE resolved_at IS NULL DO UPDATE SET
            seen_at = CASE WHEN alerts.seen_at > excluded.seen_at THEN alerts.seen_at ELSE excluded.seen_at END,
            acknowledged_at = CASE WHEN excluded.worst > alerts.worst THEN NULL ELSE alerts.acknowledged_at END,
            acknowledged_by = CASE WHEN excluded.worst > alerts.worst THEN NULL ELSE alerts.acknowledged_by END,
            worst = CASE WHEN excluded.worst > alerts.worst THEN excluded.worst ELSE alerts.worst END
        """, ("rule", rule.Id), ("at", at), ("difference", rule.Difference));

    // Settlement waits for this transaction. More than a few hundred go with the next ones.
    private static void Forget(LedgerTransaction transaction, long oldest)
    {
        transaction.Execute(
            "DELETE FROM reports WHERE id IN (SELECT id FROM reports WHERE as_of < @oldest ORDER BY as_of LIMIT 200)", ("oldest", oldest));
        transaction.Execute("DELETE FROM alerts WHERE resolved_at < @oldest", ("oldest", oldest));
    }

    private static void Resolve(LedgerTransaction transaction, string rule, long at) => transaction.Execute(
        "UPDATE alerts SET resolved_at = @at WHERE rule = @rule AND resolved_at IS NULL AND seen_at <= @at", ("rule", rule), ("at", at));
}
