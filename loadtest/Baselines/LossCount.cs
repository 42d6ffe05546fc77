using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Baselines;

/// <summary>What became of the shares that somebody was told he won, by the tool's own record against a ledger.</summary>
/// <param name="Told">Shares answered "won".</param>
/// <param name="Lost">Told, and not booked exactly so.</param>
/// <param name="Duplicated">Booked twice.</param>
/// <param name="Unexpected">Booked and told to nobody, or told in two ways.</param>
/// <param name="Complete">False: the queue was not empty in time, so what is missing may only be late.</param>
internal sealed record LossCount(long Told, long Lost, long Duplicated, long Unexpected, bool Complete)
{
    /// <summary>Of a comparison made when the queue was empty, or when nobody wanted to wait longer.</summary>
    public static LossCount Of(MoneyCheck check, bool queueWasEmpty) => new(check.Won, check.Lost, check.Duplicated, check.Unexpected + check.Contradicted, queueWasEmpty);

    /// <summary>Both together.</summary>
    public static LossCount operator +(LossCount a, LossCount b) =>
        new(a.Told + b.Told, a.Lost + b.Lost, a.Duplicated + b.Duplicated, a.Unexpected + b.Unexpected, a.Complete && b.Complete);

    /// <summary>Every share told is booked once, and nothing else is.</summary>
    public bool IsNothing => Complete && Lost + Duplicated + Unexpected == 0;

    /// <summary>For a line of the table.</summary>
    public override string ToString()
    {
        var counts = $"{Format.Number(Lost)} lost, {Format.Number(Duplicated)} twice{(Unexpected > 0 ? $", {Format.Number(Unexpected)} unexpected" : "")} of {Format.Number(Told)}";
        return Complete ? counts : $"not known, the queue was not empty in time ({counts})";
    }
}
