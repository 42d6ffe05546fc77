using RedPacket.Comparison;
using RedPacket.Ledger.Followers;

namespace RedPacket.Reports;

/// <summary>The rules of the report, with both their sides. Pure: numbers in, results out.</summary>
internal static class ReportRules
{
    public const string Pass = "PASS";
    public const string Fail = "FAIL";
    public const string Unknown = "UNKNOWN";

    /// <summary>The only rule that is about other programs than this house.</summary>
    public const string Subscribers = "subscribers_agree";

    /// <summary>The rule over all entries, by identity.</summary>
    public const string GrantedIsRecorded = "granted_is_on_its_way_or_recorded";

    /// <summary>The rule that only a full report checks account by account.</summary>
    public const string TotalsRecomputed = "totals_recomputed";

    private static readonly HashSet<string> s_money = ["conservation_in_sum", "trial_balance", TotalsRecomputed, "adjustments"];

    /// <summary>True when the left side of the rule is the number of its differences in the report.</summary>
    public static bool ListsDifferences(string id) => id is "one_share_per_user" or "one_packet_per_key" or "nothing_parked";

    /// <summary>True when both sides of the rule are fen. The rules of the others count.</summary>
    public static bool IsAboutMoney(string id) => s_money.Contains(id);

    /// <summary>
    /// The rules over the packets. <paramref name="redisRead"/>: Redis was read to the end.
    /// <paramref name="ledgerRead"/>: the ledger was.
    /// </summary>
    public static IEnumerable<Rule> OfPackets(ComparisonTally found, bool redisRead, bool ledgerRead)
    {
        var both = redisRead && ledgerRead;
        yield return Make("conservation_per_packet",
            "In every packet what was granted, is left and was refunded makes what was funded "
            + "(left: packets, right: packets that add up).",
            found.Packets, found.Packets - found.Unbalanced, both, found.Unbalanced > 0);
        yield return Make("conservation_in_sum",
            "Over all packets what was funded (left) is what was granted, is left and was refunded (right).",
            found.FundedFen, found.GrantedFen + found.LeftFen + found.RefundedFen, both,
            found.FundedFen != found.GrantedFen + found.LeftFen + found.RefundedFen);
        yield return Make(GrantedIsRecorded,
            "Every claim granted (left) is in the outbox, in the ledger as it was granted, or parked (right); "
            + "the ledger has nothing else; fund and refund likewise.",
            found.Granted, found.Settled + found.InFlight + found.Parked, both, found.WrongTotal > found.Duplicate);
        yield return Make("one_share_per_user", "No user has more than one share of a packet (left: shares too many, right: allowed).",
            found.Duplicate, 0, both, found.Duplicate > 0);
    }

    /// <summary>The rules over the ledger alone; null: it was not read.</summary>
    public static IEnumerable<Rule> OfLedger(LedgerSums? sums, IReadOnlyList<AccountDifference> accounts)
    {
        yield return Make("trial_balance", "Over all accounts: debits (left) = credits (right).",
            sums?.Debits ?? 0, sums?.Credits ?? 0, sums is not null, sums is not null && sums.Debits != sums.Credits);
        yield return Make(TotalsRecomputed,
            "The totals of the accounts (left) are the sums of their rows (right), in all and packet by packet.",
            sums?.Debits ?? 0, sums?.RowsFen ?? 0, sums is not null, accounts.Count > 0 || sums?.TotalsAgree == false);
        yield return Make("adjustments",
            "The sum of the loss accounts (left) is the sum of all correcting transfers (right).",
            sums?.LossFen ?? 0, sums?.AdjustFen ?? 0, sums is not null, sums is not null && sums.LossFen != sums.AdjustFen);
        yield return Make("one_packet_per_key",
            "No Idempotency-Key has made two packets while it was valid (left: packets too many that are not archived, right: allowed).",
            sums?.RepeatedKeys ?? 0, 0, sums is not null, sums?.RepeatedKeys > 0);
        yield return NothingParked(sums?.Parked);
    }

    /// <summary>The rules over one packet's own rows and account.</summary>
    public static IEnumerable<Rule> OfOnePacket(IReadOnlyList<AccountDifference> accounts, long? parked)
    {
        yield return Make(TotalsRecomputed, "The account of the packet (left) holds the sums of its rows (right), by their debits.",
            accounts.Sum(a => a.Debits), accounts.Sum(a => a.RowDebits), parked is not null, accounts.Count > 0);
        yield return NothingParked(parked);
    }

    /// <summary>The rule over the programs that follow the ledger; null: they were not read.</summary>
    public static Rule OfSubscribers(IReadOnlyList<SubscriberLine>? subscribers)
    {
        var (all, agreeing) = (subscribers?.Count ?? 0, subscribers?.Count(one => one.State == SubscriberState.Agrees) ?? 0);
        return Make(Subscribers,
            "Each subscriber's sums through its position are the ledger's (left: subscribers that agree, right: all known).",
            agreeing, all, subscribers is not null, agreeing < all);
    }

    private static Rule NothingParked(long? parked) =>
        Make("nothing_parked", "No entry is set aside (left: parked entries, right: allowed).",
            parked ?? 0, 0, parked is not null, parked > 0);

    // A rule whose sides were not read to the end is unknown, unless what was read already breaks it.
    private static Rule Make(string id, string statement, long left, long right, bool read, bool broken) => read
        ? new Rule(id, statement, left, right, left - right, broken ? Fail : Pass)
        : new Rule(id, statement, null, null, null, broken ? Fail : Unknown);
}
