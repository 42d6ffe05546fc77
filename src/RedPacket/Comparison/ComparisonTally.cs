using RedPacket.Ledger;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>What a comparison has found: counts, sums, and as many of the differences as may be listed. Grows with each packet.</summary>
/// <param name="listAtMost">How many wrong differences are kept by name, and of those on their way no more than a report lists; all are counted.</param>
internal sealed class ComparisonTally(int listAtMost = ComparisonTally.Listed)
{
    /// <summary>How many differences a report lists.</summary>
    public const int Listed = 1000;

    private readonly List<Difference> _wrong = [];
    private readonly List<Difference> _onTheirWay = [];

    public long Open { get; set; }
    public long Emptied { get; set; }
    public long Expired { get; set; }

    /// <summary>Packets past their expiry that no sweeper has closed yet.</summary>
    public long Due { get; set; }

    /// <summary>Packets whose own account does not add up.</summary>
    public long Unbalanced { get; set; }

    public long Granted { get; set; }
    public long Settled { get; set; }
    public long InFlight { get; set; }
    public long Missing { get; set; }
    public long Orphan { get; set; }
    public long Mismatch { get; set; }
    public long Duplicate { get; set; }

    /// <summary>Claims that stand in the table of parked entries, and not in the ledger.</summary>
    public long Parked { get; set; }

    public long FundedFen { get; set; }
    public long GrantedFen { get; set; }
    public long RefundedFen { get; set; }
    public long LeftFen { get; set; }
    public long SettledFen { get; set; }
    public long InFlightFen { get; set; }

    /// <summary>Everything wrong, listed or not.</summary>
    public long WrongTotal { get; private set; }

    /// <summary>Everything on its way, funds and refunds too, listed or not.</summary>
    public long OnTheirWayTotal { get; private set; }

    public IReadOnlyList<Difference> Wrong => _wrong;
    public IReadOnlyList<Difference> OnTheirWay => _onTheirWay;

    /// <summary>Packet accounts whose totals are not the sums of their rows.</summary>
    public List<AccountDifference> Accounts { get; } = [];

    /// <summary>Packets, whatever their state.</summary>
    public long Packets => Open + Emptied + Expired;

    /// <summary>Everything missing by identity: what a repair puts back. As many as are listed.</summary>
    public IEnumerable<Difference> MissingEntries => _wrong.Where(difference => difference.Kind == DifferenceKind.Missing);

    /// <summary>Counts a packet and its money. <paramref name="grantedFen"/>: the sum over its claims, as they were read.</summary>
    public void AddPacket(StoredPacket packet, long grantedFen, long nowMs)
    {
        Open += packet.IsOpen && !packet.IsDue(nowMs) ? 1 : 0;
        Due += packet.IsDue(nowMs) ? 1 : 0;
        Emptied += packet.IsEmptied ? 1 : 0;
        Expired += packet.IsExpired || packet.IsDue(nowMs) ? 1 : 0;
        FundedFen += packet.AmountFen;
        GrantedFen += grantedFen;
        LeftFen += packet.LeftFen;
        RefundedFen += packet.RefundFen;
        Unbalanced += packet.AmountFen == grantedFen + packet.LeftFen + packet.RefundFen ? 0 : 1;
    }

    /// <summary>Counts what the ledger keeps of a shard's archived packets: all of it was equal when they went.</summary>
    public void AddArchived(LedgerShard shard) => AddSettled(shard.ArchivedEmptied, shard.ArchivedPackets - shard.ArchivedEmptied, shard.ArchivedClaims,
        shard.ArchivedFundedFen, shard.ArchivedGrantedFen, shard.ArchivedRefundedFen);

    /// <summary>Uncounts a closed packet that was counted as it stood in Redis and is among the archived ones as well.</summary>
    public void RemoveArchived(LedgerPacketSums packet, bool emptied) =>
        AddSettled(emptied ? -1 : 0, emptied ? 0 : -1, -packet.Grabs.Rows, -packet.Fund.Fen, -packet.Grabs.Fen, -packet.Refund.Fen);

    private void AddSettled(long emptied, long expired, long claims, long fundedFen, long grantedFen, long refundedFen)
    {
        Emptied += emptied;
        Expired += expired;
        Granted += claims;
        Settled += claims;
        FundedFen += fundedFen;
        GrantedFen += grantedFen;
        SettledFen += grantedFen;
        RefundedFen += refundedFen;
    }

    public void AddWrong(Difference difference)
    {
        WrongTotal++;
        if (_wrong.Count < listAtMost)
            _wrong.Add(difference);
    }

    public void AddOnItsWay(Difference difference)
    {
        OnTheirWayTotal++;
        if (_onTheirWay.Count < Math.Min(listAtMost, Listed))
            _onTheirWay.Add(difference);
    }

    public void Add(ComparisonTally other)
    {
        (Open, Emptied, Expired, Due) = (Open + other.Open, Emptied + other.Emptied, Expired + other.Expired, Due + other.Due);
        (Granted, Settled, InFlight) = (Granted + other.Granted, Settled + other.Settled, InFlight + other.InFlight);
        (Missing, Orphan, Mismatch) = (Missing + other.Missing, Orphan + other.Orphan, Mismatch + other.Mismatch);
        (Duplicate, Parked, Unbalanced) = (Duplicate + other.Duplicate, Parked + other.Parked, Unbalanced + other.Unbalanced);
        (FundedFen, GrantedFen, RefundedFen) = (FundedFen + other.FundedFen, GrantedFen + other.GrantedFen, RefundedFen + other.RefundedFen);
        (LeftFen, SettledFen, InFlightFen) = (LeftFen + other.LeftFen, SettledFen + other.SettledFen, InFlightFen + other.InFlightFen);
        WrongTotal += other.WrongTotal;
        OnTheirWayTotal += other.OnTheirWayTotal;
        _wrong.AddRange(other._wrong.Take(listAtMost - _wrong.Count));
        _onTheirWay.AddRange(other._onTheirWay.Take(listAtMost - _onTheirWay.Count));
        Accounts.AddRange(other.Accounts.Take(listAtMost - Accounts.Count));
    }

    /// <summary>The verdict over what was compared, by itself.</summary>
    public string Verdict => (WrongTotal + Accounts.Count + Unbalanced, OnTheirWayTotal + Due) switch
    {
        ( > 0, _) => Comparison.Verdict.Inconsistent,
        (_, > 0) => Comparison.Verdict.Converging,
        _ => Comparison.Verdict.Consistent,
    };
}
