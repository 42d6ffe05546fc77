using RedPacket.Comparison;
using RedPacket.Reports;
using RedPacket.Reports.Commands;
using RedPacket.Reports.History;

namespace RedPacket.Tests.Reports;

/// <summary>What is kept of two reports that follow each other, and what changed between them. Numbers in, words out.</summary>
public sealed class ReportDiffTests
{
    private static readonly ConsistencyReport s_none = new()
    {
        Verdict = Verdict.Consistent,
        AsOf = DateTimeOffset.UnixEpoch,
        TookMs = 1,
        Causes = [],
        Unread = [],
        Packets = new PacketCounts(1, 0, 0),
        Claims = new ClaimCounts(3, 3, 0, 0, 0, 0, 0, 0),
        Money = new MoneySums(1000, 30, 0, 970, 30, 0),
        AdjustedFen = 0,
        UnacknowledgedPayments = new UnacknowledgedPayments(0, 0),
        Rules = [Of("trial_balance", 0), Of("nothing_parked", 0)],
        TotalsFrom = null,
        Differences = [],
        DifferencesTotal = 0,
        Accounts = [],
        Healed = [],
        Subscribers = null,
    };

    [Fact]
    public void SlowReport_DoesNotReplaceANewerOne()
    {
        var history = new ReportHistory();
        history.Add(s_none with { AsOf = DateTimeOffset.UnixEpoch.AddSeconds(2) }, isFull: false);
        history.Add(s_none with { AsOf = DateTimeOffset.UnixEpoch.AddSeconds(1), Verdict = Verdict.Inconsistent }, isFull: false);

        Assert.Equal(Verdict.Consistent, history.Newest!.Verdict);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    [InlineData(-5, 7)]
    [InlineData(-1000, 1023)]
    public void FaultOfAboutTheSameSize_IsTheSameFinding(long before, long after)
    {
        var found = ReportFinding.Of(s_none with { Rules = [Of("trial_balance", before, ReportRules.Fail)] }, isFull: true);

        Assert.Equal(found.Text, Text(s_none with { Rules = [Of("trial_balance", after, ReportRules.Fail)] }));
        Assert.Equal(("trial_balance", Math.Abs(before)), (found.Failing.Single().Id, found.Failing.Single().Difference));
    }

    [Fact]
    public void AnotherRuleTwiceTheDifferenceOrAnUnreadSide_IsAnotherFinding()
    {
        string[] findings =
        [
            Text(s_none),
            Text(s_none with { Rules = [Of("trial_balance", 3, ReportRules.Fail), Of("nothing_parked", 0)] }),
            Text(s_none with { Rules = [Of("trial_balance", 6, ReportRules.Fail), Of("nothing_parked", 0)] }),
            Text(s_none with { Rules = [Of("trial_balance", 0), Of("nothing_parked", 3, ReportRules.Fail)] }),
            Text(s_none with { Rules = [Of("trial_balance", 0, ReportRules.Unknown), Of("nothing_parked", 0)] }),
        ];

        Assert.Equal(findings.Distinct(), findings);
        // Entries in flight come and go.
        Assert.Equal(findings[0], Text(s_none with { Verdict = Verdict.Converging, Differences = [InFlight(1)] }));
    }

    // A report from the last digest on may pass although a total is wrong.
    [Fact]
    public void Totals_CountAsUncheckedUnlessTheReportIsFull()
    {
        Assert.Equal(["totals_recomputed"], ReportFinding.Of(s_none, isFull: false).Unknown);
        Assert.Empty(ReportFinding.Of(s_none, isFull: true).Unknown);
        Assert.Equal(ReportFinding.Of(s_none, isFull: true).Text, ReportFinding.Of(s_none, isFull: false).Text);
    }

    [Fact]
    public void EntriesThatOnlyTheLedgerHas_CountAlthoughTheSidesAreEqual()
    {
        var report = s_none with
        {
            Rules = [Of("granted_is_on_its_way_or_recorded", 0, ReportRules.Fail), Of("nothing_parked", 4, ReportRules.Fail)],
            Causes = [new Cause("in_flight", "", Count: 7)],
            DifferencesTotal = 20,
        };

        Assert.Equal(9, ReportFinding.Of(report, isFull: true).Failing[0].Difference);
    }

    [Fact]
    public void EqualReports_HaveNoChange()
    {
        var diff = ReportDiff.Between(s_none, s_none with { AsOf = DateTimeOffset.UnixEpoch.AddHours(1) });

        Assert.Empty(diff.Numbers);
        Assert.Equal((0, 0, 0, true), (diff.Rules.Count, diff.Appeared.Count, diff.Gone.Count, diff.IsWhole));
        Assert.Contains("Nothing changed.", DiffTable.Write(diff, colour: false), StringComparison.Ordinal);
    }

    [Fact]
    public void ChangedReports_AreComparedByNameAndIdentity()
    {
        var earlier = s_none with { Differences = [Parked(1), Parked(2), InFlight(9)], DifferencesTotal = 3 };
        var later = s_none with
        {
            Verdict = Verdict.Inconsistent,
            AsOf = DateTimeOffset.UnixEpoch.AddHours(1),
            Claims = s_none.Claims with { Granted = 5, Settled = null },
            Money = s_none.Money with { GrantedFen = 1234 },
            Rules = [Of("trial_balance", 5, ReportRules.Fail), Of("one_packet_per_key", 0)],
            Differences = [Parked(2), Parked(3)],
            DifferencesTotal = 2,
        };

        var diff = ReportDiff.Between(earlier, later);

        Assert.Equal(
            [
                new("claims.granted", 3, 5, 2), new("claims.settled", 3, null, null), new("money.grantedFen", 30, 1234, 1204),
                new("differencesTotal", 3, 2, -1),
            ],
            diff.Numbers);
        Assert.Equal(
            [
                new("trial_balance", "PASS", "FAIL"), new("one_packet_per_key", null, "PASS"), new("nothing_parked", "PASS", null),
            ],
            diff.Rules);
        Assert.Equal([3], diff.Appeared.Select(one => one.Ordinal));
        Assert.Equal([1], diff.Gone.Select(one => one.Ordinal));
        Assert.True(diff.IsWhole);
        var table = DiffTable.Write(diff, colour: false);
        Assert.StartsWith(
            "CONSISTENT as of 1970-01-01T00:00:00.000Z\nINCONSISTENT as of 1970-01-01T01:00:00.000Z\n", table, StringComparison.Ordinal);
        Assert.Contains("money.grantedFen  ¥0.30  ¥12.34  ¥12.04\n", table, StringComparison.Ordinal);
        Assert.Contains("differencesTotal      3       2      −1\n", table, StringComparison.Ordinal);
    }

    [Fact]
    public void ReportThatListsNotAllDifferences_IsSaidSo()
    {
        var cut = s_none with { Differences = [Parked(1)], DifferencesTotal = 2 };

        Assert.False(ReportDiff.Between(s_none, cut).IsWhole);
        Assert.False(ReportDiff.Between(cut, s_none).IsWhole);
        // Those in flight come last, so nothing else is missing.
        Assert.True(ReportDiff.Between(s_none, cut with { Differences = [Parked(1), InFlight(2)], DifferencesTotal = 9 }).IsWhole);
    }

    [Fact]
    public void UnreadSide_IsNoProofThatADifferenceIsGone()
    {
        var before = s_none with { Differences = [Parked(1)], DifferencesTotal = 1 };
        var unread = s_none with { Unread = [new UnreadSide(UnreadSide.Ledger, "it is away")] };

        Assert.False(ReportDiff.Between(before, unread).IsWhole);
        Assert.DoesNotContain(
            "Nothing changed.", DiffTable.Write(ReportDiff.Between(unread, unread), colour: false), StringComparison.Ordinal);
    }

    [Fact]
    public void KeptReport_IsComparedWithAsManyDifferencesAsItLists()
    {
        Difference[] all = [.. Enumerable.Range(1, 500).Select(Parked)];
        var now = s_none with { Differences = all, DifferencesTotal = 500 };

        var diff = ReportDiff.Between(ReportKeeper.Cut(now), now);

        Assert.Equal((0, 0, false), (diff.Appeared.Count, diff.Gone.Count, diff.IsWhole));
    }

    private static string Text(ConsistencyReport report) => ReportFinding.Of(report, isFull: true).Text;

    private static Rule Of(string id, long delta, string result = ReportRules.Pass) => new(id, "", delta, 0, delta, result);

    private static Difference Parked(int ordinal) => new(DifferenceKind.Parked, "grab", "p", "mia", ordinal, 10, null, null);

    private static Difference InFlight(int ordinal) => new(DifferenceKind.InFlight, "grab", "p", "mia", ordinal, 10, null, null);
}
