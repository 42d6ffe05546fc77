using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Ledger.Followers;
using RedPacket.Packets.Traces;
using RedPacket.Reports.Alerts;

namespace RedPacket.Reports;

/// <summary>The question that a report answers.</summary>
/// <param name="PacketId">Only this packet, with a page of its claims.</param>
/// <param name="UserId">With a packet: this user's claim and its timeline.</param>
/// <param name="Ordinal">With a packet: this claim and its timeline.</param>
/// <param name="After">The page begins after this packet, or after this ordinal.</param>
/// <param name="Limit">The length of the page, 1 to 100.</param>
/// <param name="Full">Totals are recomputed from the first row, account by account.</param>
internal sealed record ReportRequest(
    string? PacketId = null, string? UserId = null, int? Ordinal = null, string? After = null, int Limit = QueryValues.PageLimit,
    bool Full = false);

/// <summary>
/// Redis, outbox and ledger, read side by side. Null is what could not be read; <see cref="Unread"/> says why.
/// </summary>
internal sealed record ConsistencyReport
{
    /// <summary>CONSISTENT, CONVERGING or INCONSISTENT.</summary>
    public required string Verdict { get; init; }
    public required DateTimeOffset AsOf { get; init; }
    public required long TookMs { get; init; }

    /// <summary>The packet the report is about; null for all.</summary>
    public string? PacketId { get; init; }

    /// <summary>Why the verdict is not CONSISTENT, a sentence each.</summary>
    public IReadOnlyList<string> Reasons => [.. Causes.Select(cause => cause.Reason)];

    /// <summary>The same reasons for programs, which show them in their own language.</summary>
    public required IReadOnlyList<Cause> Causes { get; init; }
    public required IReadOnlyList<UnreadSide> Unread { get; init; }
    public required PacketCounts? Packets { get; init; }
    public required ClaimCounts Claims { get; init; }
    public required MoneySums Money { get; init; }

    /// <summary>The sum that corrections paid, beyond what was funded.</summary>
    public required long? AdjustedFen { get; init; }

    /// <summary>
    /// The part of it that no person has seen. It does not change the verdict, because the ledger is right about it.
    /// </summary>
    public required UnacknowledgedPayments? UnacknowledgedPayments { get; init; }

    /// <summary>Alerts that are not resolved. Null: not read, or the report is about one packet.</summary>
    public AlertCounts? Alerts { get; init; }
    public required IReadOnlyList<Rule> Rules { get; init; }

    /// <summary>Which rows the totals were recomputed from.</summary>
    public required string? TotalsFrom { get; init; }
    public required IReadOnlyList<Difference> Differences { get; init; }
    public required long DifferencesTotal { get; init; }
    public required IReadOnlyList<AccountDifference> Accounts { get; init; }
    public required IReadOnlyList<Healed> Healed { get; init; }

    /// <summary>The programs that follow the ledger. Null for one packet.</summary>
    public required IReadOnlyList<SubscriberLine>? Subscribers { get; init; }
    public PacketsPage? PacketsPage { get; init; }
    public ClaimsPage? ClaimsPage { get; init; }
    public ClaimTimeline? Claim { get; init; }
}

/// <summary>One reason for a verdict that is not CONSISTENT.</summary>
/// <param name="Code">
/// rule_fails, subscriber_drifted, subscriber_ahead, side_unread, in_flight, settlement_paused or packets_due.
/// </param>
/// <param name="Reason">The reason as a sentence.</param>
/// <param name="Rule">The id of the rule that fails.</param>
/// <param name="Side">The side that could not be read.</param>
/// <param name="Count">How many entries are in flight, or how many packets are due.</param>
/// <param name="Subscriber">The name of the subscriber that is wrong.</param>
/// <param name="Operator">The operator who paused settlement.</param>
internal sealed record Cause(
    string Code, string Reason, string? Rule = null, string? Side = null, long? Count = null, string? Subscriber = null,
    string? Operator = null);

/// <summary>A side that could not be read: <c>store</c> (Redis) or <c>ledger</c>.</summary>
internal sealed record UnreadSide(string Side, string Reason)
{
    /// <summary>Redis.</summary>
    public const string Store = "store";

    public const string Ledger = "ledger";
}

/// <summary>Packets of all time by state.</summary>
internal sealed record PacketCounts(long Open, long Emptied, long Expired);

/// <summary>
/// Grabs only, of all time. <paramref name="Settled"/>: in the ledger, and the same there. <paramref name="Parked"/>:
/// parked rows.
/// </summary>
internal sealed record ClaimCounts(
    long? Granted, long? Settled, long? InFlight, long? Missing, long? Orphan, long? Mismatch, long? Duplicate, long? Parked);

/// <summary>Fen of all time.</summary>
internal sealed record MoneySums(long? FundedFen, long? GrantedFen, long? RefundedFen, long? LeftFen, long? SettledFen, long? InFlightFen);

/// <summary>One rule with both its sides. <paramref name="Result"/>: PASS, FAIL or UNKNOWN.</summary>
internal sealed record Rule(string Id, string Statement, long? Left, long? Right, long? Delta, string Result);

/// <summary>A recent repair, from the audits.</summary>
/// <param name="Action">An action of the <see cref="Ledger.AuditTrail"/>.</param>
/// <param name="Some">The first entries, or accounts, by name.</param>
/// <param name="Seconds">How long it took. A repair or replay ends when the ledger has the named entries; null until
/// then.</param>
internal sealed record Healed(DateTimeOffset At, string Actor, string Action, long Entries, IReadOnlyList<string> Some, double? Seconds);

/// <summary>
/// A page of packets, newest first. <paramref name="Next"/>: what to pass as <c>after</c>; null at the end.
/// <paramref name="Total"/>: how many packets all pages have.
/// </summary>
internal sealed record PacketsPage(IReadOnlyList<PacketLine> Items, string? Next, long Total);

/// <summary>One packet of a page.</summary>
internal sealed record PacketLine(
    string PacketId, string Verdict, string State, long Granted, long? Settled, long? InFlight, long? Missing,
    long FundedFen, long GrantedFen, long RefundedFen, long LeftFen, string SenderId, DateTimeOffset? CreatedAt);

/// <summary>
/// A page of one packet's claims by ordinal. <paramref name="Next"/>: what to pass as <c>after</c>; null at the end.
/// </summary>
internal sealed record ClaimsPage(IReadOnlyList<ClaimLine> Items, int? Next);

/// <summary>
/// One claim. <paramref name="Status"/>: settled, or one of <see cref="DifferenceKind"/>; null when the ledger could
/// not be read.
/// </summary>
internal sealed record ClaimLine(
    int Ordinal, string? UserId, long? AmountFen, DateTimeOffset? GrantedAt, string? Status, string? LedgerUserId, long? LedgerFen);

/// <summary>One claim's way. A null time is a station it has not reached, or that was not read.</summary>
internal sealed record ClaimTimeline(
    string PacketId, int Ordinal, string? UserId, long? AmountFen, string? Status, DateTimeOffset? GrantedAt, bool InOutbox,
    DateTimeOffset? PublishedAt, DateTimeOffset? SettledAt, string? TraceId, DateTimeOffset? ParkedAt, string? ParkedReason,
    long? LedgerTransfer, FollowedTrace? Followed);

/// <summary>One stage of a followed share's way.</summary>
/// <param name="Name">One of <see cref="ClaimTrace.Names"/>.</param>
/// <param name="StartMs">Milliseconds after the grab had come.</param>
/// <param name="DurationMs">Milliseconds.</param>
internal sealed record ClaimStage(string Name, double StartMs, double DurationMs);

/// <summary>The way of a share that was followed from its request (<see cref="ClaimTrace"/>).</summary>
/// <param name="TraceId">Of the request.</param>
/// <param name="Stages">Those that it has passed.</param>
internal sealed record FollowedTrace(string TraceId, DateTimeOffset StartedAt, IReadOnlyList<ClaimStage> Stages)
{
    public static FollowedTrace? Of(ClaimTrace? trace) => trace is null ? null : new FollowedTrace(
        trace.Request.TraceId.ToHexString(), trace.Times[0],
        [
            .. trace.Stages().Select(stage => new ClaimStage(
                stage.Name, (stage.Start - trace.Times[0]).TotalMilliseconds, (stage.End - stage.Start).TotalMilliseconds)),
        ]);
}
