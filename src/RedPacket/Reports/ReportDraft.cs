using System.Globalization;
using RedPacket.Comparison;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Ledger.Followers;
using RedPacket.Ledger.Pauses;
using RedPacket.Messages;
using RedPacket.Reports.Alerts;

namespace RedPacket.Reports;

/// <summary>One report in progress: what was found, and which side could not be read (PROTOCOL 8.3).</summary>
internal sealed class ReportDraft
{
    private const string Remedy = "Build it again from the feed: OPERATING.md says how.";

    public required DateTimeOffset AsOf { get; init; }
    public required long Started { get; init; }
    public ComparisonTally Found { get; set; } = new();
    public LedgerSums? Sums { get; set; }
    public IReadOnlyList<Difference> Parked { get; set; } = [];

    /// <summary>Funds of packets whose Idempotency-Key had made another.</summary>
    public IReadOnlyList<Difference> RepeatedKeys { get; set; } = [];

    /// <summary>Null: not read.</summary>
    public long? ParkedTotal { get; set; }

    /// <summary>The sum that corrections paid; null: not read.</summary>
    public long? AdjustedFen { get; set; }

    /// <summary>Null: not read.</summary>
    public UnacknowledgedPayments? UnacknowledgedPayments { get; set; }
    public IReadOnlyList<AccountDifference> Accounts { get; set; } = [];
    public IReadOnlyList<Healed> Healed { get; set; } = [];

    /// <summary>Null: not read, or the report is about one packet.</summary>
    public IReadOnlyList<SubscriberLine>? Subscribers { get; set; }

    /// <summary>Null: not read, or the report is about one packet.</summary>
    public AlertCounts? Alerts { get; set; }

    /// <summary>The pause of settlement; null: there is none, or it was not read.</summary>
    public Pause? Pause { get; set; }
    public List<UnreadSide> Unread { get; } = [];

    public bool StoreRead => Unread.All(side => side.Side != UnreadSide.Store);
    public bool LedgerRead => Unread.All(side => side.Side != UnreadSide.Ledger);

    public void Take(FullScanResult scan)
    {
        Found = scan.Tally;
        if (scan.StoreUnread is { } store)
            MissStore(store);
        if (scan.LedgerUnread is { } ledger)
            MissLedger(ledger);
    }

    /// <summary>Redis could not be read. The first reason counts.</summary>
    public void MissStore(string reason)
    {
        if (StoreRead)
            Unread.Add(new UnreadSide(UnreadSide.Store, reason));
    }

    /// <summary>The ledger could not be read. The first reason counts.</summary>
    public void MissLedger(string reason)
    {
        if (LedgerRead)
            Unread.Add(new UnreadSide(UnreadSide.Ledger, reason));
    }

    /// <summary>Reads from the ledger; when it cannot be read, notes that and goes on.</summary>
    public Task FromLedger(Func<Task> read) => FromBoth(async () =>
    {
        await read();
        return 0;
    });

    /// <summary>Reads from both sides; when one cannot be read, notes that and returns null.</summary>
    public async Task<T?> FromBoth<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            MissLedger(UnreadReason.Ledger(exception));
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            MissStore(UnreadReason.Redis(exception));
        }
        return default;
    }

    /// <summary>Reads what says nothing about the books. A ledger that cannot be read is noticed elsewhere.</summary>
    public static async Task IfReadable(Func<Task> read)
    {
        try
        {
            await read();
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            // The report goes without it.
        }
    }

    public ClaimCounts Claims()
    {
        var both = StoreRead && LedgerRead;
        long? Compared(long count) => both ? count : null;
        return new ClaimCounts(StoreRead ? Found.Granted : null, Compared(Found.Settled), Compared(Found.InFlight), Compared(Found.Missing),
            Compared(Found.Orphan), Compared(Found.Mismatch), Compared(Found.Duplicate), Sums is null ? ParkedClaims : Sums.ParkedClaims);
    }

    public MoneySums Money()
    {
        long? Stored(long fen) => StoreRead ? fen : null;
        long? Compared(long fen) => StoreRead && LedgerRead ? fen : null;
        return new MoneySums(Stored(Found.FundedFen), Stored(Found.GrantedFen), Stored(Found.RefundedFen), Stored(Found.LeftFen),
            Compared(Found.SettledFen), Compared(Found.InFlightFen));
    }

    /// <summary>Why the verdict is not CONSISTENT; empty when it is.</summary>
    public List<Cause> Causes(IReadOnlyList<Rule> rules)
    {
        List<Cause> causes =
        [
            .. rules.Where(rule => rule.Result == ReportRules.Fail)
                .Select(rule => new Cause("rule_fails", $"The rule {rule.Id} fails.", Rule: rule.Id)),
            .. (Subscribers ?? []).Select(Wrong).OfType<Cause>(),
            .. Unread.Select(side => new Cause("side_unread", side.Reason, Side: side.Side)),
        ];
        if (Found.InFlightTotal > 0)
        {
            causes.Add(Counted("in_flight", "Entries in flight", Found.InFlightTotal));
            if (Pause is { } pause)
                causes.Add(new Cause("settlement_paused",
                    $"Settlement is paused by {pause.By} since {WireTime.Text(pause.At)}: {pause.Reason}", Operator: pause.By));
        }
        if (Found.Due > 0)
            causes.Add(Counted("packets_due", "Packets that have expired and are not closed yet", Found.Due));
        return causes;
    }

    // A subscriber that is only behind is right so far.
    private static Cause? Wrong(SubscriberLine subscriber) => subscriber.State switch
    {
        SubscriberState.Drifted => new Cause("subscriber_drifted", string.Create(CultureInfo.InvariantCulture,
            $"Subscriber {subscriber.Name} has drifted: its sums through transfer {subscriber.Position} are not the ledger's. ")
            + Remedy, Subscriber: subscriber.Name),
        SubscriberState.Ahead => new Cause("subscriber_ahead", string.Create(CultureInfo.InvariantCulture,
            $"Subscriber {subscriber.Name} is ahead: it has transfer {subscriber.Position}, and the ledger was restored without it. ")
            + Remedy, Subscriber: subscriber.Name),
        _ => null,
    };

    private static Cause Counted(string code, string what, long count) =>
        new(code, string.Create(CultureInfo.InvariantCulture, $"{what}: {count}."), Count: count);

    private long? ParkedClaims =>
        ParkedTotal is null ? null : Parked.LongCount(difference => difference.Entry == EntryName.Grab);
}
