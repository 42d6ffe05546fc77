using System.Globalization;
using RedPacket.Comparison;

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

    /// <summary>The payments that an operator has to acknowledge, as a sentence; null when there are none.</summary>
    public static string? ToAcknowledge(UnacknowledgedPayments? payments) => payments is { Count: > 0 }
        ? $"Payments that no operator has acknowledged: {Count(payments.Count)}, {Yuan(payments.AmountFen)} in all."
        : null;

    /// <summary>A side of a rule: yuan for the rules about money, and a count for the others.</summary>
    public static string Side(Rule rule, long? side) => ReportRules.IsAboutMoney(rule.Id) ? Yuan(side) : Count(side);
}
