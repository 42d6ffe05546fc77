using RedPacket.LoadTest.Report;

namespace RedPacket.LoadTest.Runs;

/// <summary>What the program ends with.</summary>
internal static class ExitCode
{
    public const int Passed = 0;

    /// <summary>The service could not be used, or this program has a fault.</summary>
    public const int Internal = 1;

    /// <summary>A threshold was crossed; that the money balances is one of them, always.</summary>
    public const int Threshold = 99;

    /// <summary>The command line.</summary>
    public const int BadOption = 104;

    /// <summary>SIGINT or SIGTERM; the summary is written all the same.</summary>
    public const int Interrupted = 105;

    public static int Of(bool interrupted, IEnumerable<ThresholdResult> thresholds) =>
        interrupted ? Interrupted : thresholds.All(threshold => threshold.Holds) ? Passed : Threshold;
}
