using System.Globalization;

namespace RedPacket.Reports;

/// <summary>Figures as people read them, the same as on the pages. A dash for what was not read.</summary>
internal static class Figures
{
    /// <summary>Fen as yuan, from integers only: ¥1,234.56.</summary>
    public static string Yuan(long? fen) => fen is { } value
        ? string.Create(CultureInfo.InvariantCulture, $"{(value < 0 ? "−" : "")}¥{Math.Abs(value / 100):N0}.{Math.Abs(value % 100):00}")
        : "–";

    /// <summary>A count: 1,234,567.</summary>
    public static string Count(long? number) => number is { } value
        ? string.Create(CultureInfo.InvariantCulture, $"{(value < 0 ? "−" : "")}{value:#,0;#,0}")
        : "–";

    /// <summary>What waits for an operator, a sentence each.</summary>
    public static IEnumerable<string> Waiting(ConsistencyReport report)
    {
        if (report.UnacknowledgedPayments is { Count: > 0 } payments)
            yield return $"Payments that no operator has acknowledged: {Count(payments.Count)}, {Yuan(payments.AmountFen)} in all.";
        if (report.Alerts is { } alerts && alerts.Open + alerts.Acknowledged > 0)
            yield return $"Alerts: {Count(alerts.Open)} open, {Count(alerts.Acknowledged)} acknowledged.";
    }

    /// <summary>A side of a rule: yuan for the rules about money, and a count for the others.</summary>
    public static string Side(Rule rule, long? side) => ReportRules.IsAboutMoney(rule.Id) ? Yuan(side) : Count(side);

    /// <summary>A number of <see cref="Named"/>: yuan for fen, and a count for the others.</summary>
    public static string Of(string name, long? value) => name.EndsWith("Fen", StringComparison.Ordinal) ? Yuan(value) : Count(value);

    /// <summary>The sums of a report by their names in its JSON, always the same in the same order.</summary>
    public static IReadOnlyList<(string Name, long? Value)> Named(ConsistencyReport report)
    {
        var (packets, claims, money) = (report.Packets, report.Claims, report.Money);
        return
        [
            ("packets.open", packets?.Open), ("packets.emptied", packets?.Emptied), ("packets.expired", packets?.Expired),
            ("claims.granted", claims.Granted), ("claims.settled", claims.Settled), ("claims.inFlight", claims.InFlight),
            ("claims.missing", claims.Missing), ("claims.orphan", claims.Orphan), ("claims.mismatch", claims.Mismatch),
            ("claims.duplicate", claims.Duplicate), ("claims.parked", claims.Parked),
            ("money.fundedFen", money.FundedFen), ("money.grantedFen", money.GrantedFen), ("money.refundedFen", money.RefundedFen),
            ("money.leftFen", money.LeftFen), ("money.settledFen", money.SettledFen), ("money.inFlightFen", money.InFlightFen),
            ("adjustedFen", report.AdjustedFen), ("unacknowledgedPayments.count", report.UnacknowledgedPayments?.Count),
            ("unacknowledgedPayments.amountFen", report.UnacknowledgedPayments?.AmountFen),
            ("alerts.open", report.Alerts?.Open), ("alerts.acknowledged", report.Alerts?.Acknowledged),
            ("differencesTotal", report.DifferencesTotal),
        ];
    }
}
