using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Comparison;

/// <summary>The findings of a comparison: counts, sums, and the first differences. Grows with each packet.</summary>
/// <param name="listAtMost">
/// How many wrong differences are kept. Of those in flight no more are kept than a report lists. All are counted.
/// </param>
internal sealed class ComparisonTally(int listAtMost = ComparisonTally.Listed)
{
    /// <summary>How many differences a report lists.</summary>
    public const int Listed = 1000;

    private readonly List<Difference> _wrong = [];
    private readonly List<Difference> _inFlight = [];

    public long Open { get; set; }
    public long Emptied { get; set; }
    public long Expired { get; set; }

    /// <summary>Packets whose time is over and that no process has closed yet.</summary>
    public long Due { get; set; }

    /// <summary>Packets whose own sums contradict each other.</summary>
    public long Unbalanced { get; set; }

    public long Granted { get; set; }
    public long Settled { get; set; }
    public long InFlight { get; set; }
    public long Missing { get; set; }
    public long Orphan { get; set; }
    public long Mismatch { get; set; }
    public long Duplicate { get; set; }

    /// <summary>Claims that are parked and not in the ledger.</summary>
    public long Parked { get; set; }

    public long FundedFen { get; set; }
    public long GrantedFen { get; set; }
    public long RefundedFen { get; set; }
    public long LeftFen { get; set; }
    public long SettledFen { get; set; }
    public long InFlightFen { get; set; }

    /// <summary>Everything wrong, listed or not.</summary>
    public long WrongTotal { get; private set; }

    /// <summary>All entries in flight, with funds and refunds, listed or not.</summary>
    public long InFlightTotal { get; private set; }

    public IReadOnlyList<Difference> Wrong => _wrong;
    public IReadOnlyList<Difference> InFlightEntries => _inFlight;

    /// <summary>Packet accounts whose totals are not the sums of their rows.</summary>
    public List<AccountDifference> Accounts { get; } = [];

    /// <summary>Packets of every state.</summary>
    public long Packets => Open + Emptied + Expired;

    /// <summary>The entries that a repair puts back, as far as they are listed.</summary>
    public IEnumerable<Difference> MissingEntries =>
        _wrong.Where(difference => difference.Kind == DifferenceKind.Missing);

    /// <summary>
    /// Counts a packet and its money. <paramref name="grantedFen"/>: the sum over its claims, as they were read.
    /// </summary>
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

    /// <summary>
    /// Counts a shard's archived packets by the ledger's sums. Both sides were equal when they were archived.
    /// </summary>
    public void AddArchived(LedgerShard shard) => AddSettled(
        shard.ArchivedEmptied, shard.ArchivedPackets - shard.ArchivedEmptied, shard.ArchivedClaims,
        shard.ArchivedFundedFen, shard.ArchivedGrantedFen, shard.ArchivedRefundedFen);

    /// <summary>Subtracts a closed packet that was counted from Redis and is among the archived ones as well.</summary>
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

    /// <summary>Counts an entry by its status. Only grabs are claims.</summary>
    public void AddEntry(EntryState entry)
    {
        if (entry.Kind == EntryKind.Grab)
            AddClaim(entry);
        if (entry.Status == EntryStatus.InFlight)
            AddInFlight(entry.ToDifference());
        // The report lists all parked entries from their table, even those that no packet knows.
        else if (entry.Status is EntryStatus.Missing or EntryStatus.Orphan or EntryStatus.Mismatch)
            AddWrong(entry.ToDifference());
    }

    private void AddClaim(EntryState claim)
    {
        Granted += claim.Stored is null ? 0 : 1;
        Settled += claim.Status == EntryStatus.Settled ? 1 : 0;
        SettledFen += claim.Status == EntryStatus.Settled ? claim.Stored!.AmountFen!.Value : 0;
        InFlight += claim.Status == EntryStatus.InFlight ? 1 : 0;
        InFlightFen += claim.Status == EntryStatus.InFlight ? claim.Stored!.AmountFen ?? 0 : 0;
        Missing += claim.Status == EntryStatus.Missing ? 1 : 0;
        Orphan += claim.Status == EntryStatus.Orphan ? 1 : 0;
        Mismatch += claim.Status == EntryStatus.Mismatch ? 1 : 0;
        Parked += claim.Status == EntryStatus.Parked ? 1 : 0;
    }

    public void AddWrong(Difference difference)
    {
        WrongTotal++;
        if (_wrong.Count < listAtMost)
            _wrong.Add(difference);
    }

    public void AddInFlight(Difference difference)
    {
        InFlightTotal++;
        if (_inFlight.Count < Math.Min(listAtMost, Listed))
            _inFlight.Add(difference);
    }

    public void Add(ComparisonTally other)
    {
        (Open, Emptied, Expired, Due) = (Open + other.Open, Emptied + other.Emptied, Expired + other.Expired, Due + other.Due);
        (Granted, Settled, InFlight) = (Granted + other.Granted, Settled + other.Settled, InFlight + other.InFlight);
        (Missing, Orphan, Mismatch) = (Missing + other.Missing, Orphan + other.Orphan, Mismatch + other.Mismatch);
        (Duplicate, Parked, Unbalanced) = (Duplicate + other.Duplicate, Parked + other.Parked, Unbalanced + other.Unbalanced);
        (FundedFen, RefundedFen, LeftFen) = (FundedFen + other.FundedFen, RefundedFen + other.RefundedFen, LeftFen + other.LeftFen);
        (GrantedFen, SettledFen) = (GrantedFen + other.GrantedFen, SettledFen + other.SettledFen);
        InFlightFen += other.InFlightFen;
        WrongTotal += other.WrongTotal;
        InFlightTotal += other.InFlightTotal;
        _wrong.AddRange(other._wrong.Take(listAtMost - _wrong.Count));
        _inFlight.AddRange(other._inFlight.Take(listAtMost - _inFlight.Count));
        Accounts.AddRange(other.Accounts.Take(listAtMost - Accounts.Count));
    }

    /// <summary>The verdict over these packets alone.</summary>
    public string Verdict => (WrongTotal + Accounts.Count + Unbalanced, InFlightTotal + Due) switch
    {
        ( > 0, _) => Comparison.Verdict.Inconsistent,
        (_, > 0) => Comparison.Verdict.Converging,
        _ => Comparison.Verdict.Consistent,
    };
}
