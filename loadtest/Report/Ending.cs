using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Report;

/// <summary>How a run ended, in a word and a reason, for the summary's last line and for the page.</summary>
/// <param name="Reason">Empty when the run passed or was interrupted.</param>
internal sealed record Ending(string Word, string Reason)
{
    public const string Passed = "PASSED";
    public const string Interrupted = "INTERRUPTED";

    public static Ending Of(ResultDocument document)
    {
        if (document.Interrupted)
            return new Ending(Interrupted, "");
        if (!document.IsBalanced)
            return new Ending("FAILED", document is { Money.IsBalanced: true, Verdict.Word: not ReportVerdict.Inconsistent }
                ? "the ledger did not catch up in time"
                : "the money does not balance");
        if (document.HasMeasuredNothing)
            return new Ending("NOTHING MEASURED", Nothing(document.Outcomes));
        var crossed = document.Thresholds.Where(threshold => !threshold.Holds).Select(threshold => $"{threshold.Text} ({threshold.Value})");
        return document.Exit == 0 ? new Ending(Passed, "") : new Ending("FAILED", string.Join(", ", crossed));
    }

    private static string Nothing(OutcomeFacts outcomes)
    {
        (string Name, long Count)[] all =
        [
            ("replayed", outcomes.Replayed), ("emptied", outcomes.Emptied), ("expired", outcomes.Expired), ("refused", outcomes.Refused),
            ("failed", outcomes.Failed), ("dropped", outcomes.Dropped),
        ];
        var counts = all.Where(outcome => outcome.Count > 0).Select(outcome => $"{outcome.Name} {Format.Number(outcome.Count)}");
        return string.Join(", ", counts.Prepend("no grab won a share"));
    }
}
