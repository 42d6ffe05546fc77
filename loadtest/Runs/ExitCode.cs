using RedPacket.LoadTest.Report;

namespace RedPacket.LoadTest.Runs;

/// <summary>The exit codes of the program.</summary>
internal static class ExitCode
{
    public const int Passed = 0;

    /// <summary>The service could not be measured, or this program failed.</summary>
    public const int Internal = 1;

    /// <summary>
    /// A threshold failed: one of every run (<see cref="Report.Threshold.Always"/>), or one that was given.
    /// </summary>
    public const int Threshold = 99;

    /// <summary>The command line is wrong.</summary>
    public const int BadOption = 104;

    /// <summary>SIGINT or SIGTERM. The summary is still written.</summary>
    public const int Interrupted = 105;

    public static int Of(bool interrupted, IEnumerable<ThresholdResult> thresholds) =>
        interrupted ? Interrupted : thresholds.All(threshold => threshold.Holds) ? Passed : Threshold;
}
