using System.Text.Json.Serialization;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Verification;

namespace RedPacket.LoadTest.Baselines;

/// <summary>Compares the confirmed shares of an interval, and those that Redis granted, with the ledger.</summary>
/// <param name="Confirmed">Shares answered "won".</param>
/// <param name="Lost">Confirmed shares not recorded exactly so.</param>
/// <param name="Duplicated">Shares recorded twice.</param>
/// <param name="Unexpected">Recorded shares that were never confirmed, and confirmations that contradict each
/// other.</param>
/// <param name="NotRecorded">Shares that Redis granted and the ledger does not have, confirmed or not.</param>
/// <param name="Complete">False when the queue was not empty in time. Then missing shares may only be late.</param>
internal sealed record LossCount(
    [property: JsonPropertyName("told")] long Confirmed, long Lost, long Duplicated, long Unexpected, long NotRecorded, bool Complete)
{
    /// <summary>Reads a comparison.</summary>
    public static LossCount Of(MoneyCheck check, long notRecorded, bool queueWasEmpty) =>
        new(check.Won, check.Lost, check.Duplicated, check.Unexpected + check.Contradicted, notRecorded, queueWasEmpty);

    /// <summary>Adds two counts.</summary>
    public static LossCount operator +(LossCount a, LossCount b) => new(
        a.Confirmed + b.Confirmed, a.Lost + b.Lost, a.Duplicated + b.Duplicated, a.Unexpected + b.Unexpected,
        a.NotRecorded + b.NotRecorded, a.Complete && b.Complete);

    /// <summary>Every granted share is recorded once, and nothing else is recorded.</summary>
    [JsonPropertyName("isNothing")]
    public bool IsLossless => Complete && Lost + Duplicated + Unexpected + NotRecorded == 0;

    /// <summary>The text for a row of the table.</summary>
    public override string ToString()
    {
        var unexpected = Unexpected > 0 ? $", {Format.Number(Unexpected)} unexpected" : "";
        var notRecorded = NotRecorded > 0 ? $", {Format.Number(NotRecorded)} granted but never recorded" : "";
        var counts = $"{Format.Number(Lost)} lost, {Format.Number(Duplicated)} duplicated{unexpected}{notRecorded} of {Format.Number(Confirmed)}";
        return Complete ? counts : $"unknown, the queue was not empty in time ({counts})";
    }
}
