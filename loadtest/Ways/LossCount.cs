using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Ways;

/// <summary>Compares the confirmed shares of an interval, and those that Redis granted, with the ledger.</summary>
/// <param name="Confirmed">Shares answered "won".</param>
/// <param name="Lost">Confirmed shares not recorded exactly so.</param>
/// <param name="Duplicated">Shares recorded twice.</param>
/// <param name="Unexpected">Recorded shares that were never confirmed, and confirmations that contradict each
/// other.</param>
/// <param name="NeverRecorded">Shares that Redis granted, that were not confirmed, and that the ledger does not
/// have.</param>
/// <param name="IsComplete">False when the queue was not empty in time. Then missing shares may only be late.</param>
internal sealed record LossCount(long Confirmed, long Lost, long Duplicated, long Unexpected, long NeverRecorded, bool IsComplete)
{
    /// <summary>Reads a comparison.</summary>
    public static LossCount Of(MoneyCheck check, long neverRecorded, bool queueWasEmpty) =>
        new(check.Won, check.Lost, check.Duplicated, check.Unexpected + check.Contradicted, neverRecorded, queueWasEmpty);

    /// <summary>Adds two counts.</summary>
    public static LossCount operator +(LossCount a, LossCount b) => new(
        a.Confirmed + b.Confirmed, a.Lost + b.Lost, a.Duplicated + b.Duplicated, a.Unexpected + b.Unexpected,
        a.NeverRecorded + b.NeverRecorded, a.IsComplete && b.IsComplete);

    /// <summary>Every granted share is recorded once, and nothing else is recorded.</summary>
    public bool IsLossless => IsComplete && Lost + Duplicated + Unexpected + NeverRecorded == 0;

    /// <summary>The text for a row of the table.</summary>
    public override string ToString()
    {
        var unexpected = Unexpected > 0 ? $", {Format.Number(Unexpected)} unexpected" : "";
        var never = NeverRecorded > 0 ? $", {Format.Number(NeverRecorded)} granted but never recorded" : "";
        var counts = $"{Format.Number(Lost)} lost, {Format.Number(Duplicated)} duplicated{unexpected}{never} of {Format.Number(Confirmed)}";
        return IsComplete ? counts : $"unknown, the queue was not empty in time ({counts})";
    }
}
