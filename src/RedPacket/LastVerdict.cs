
namespace RedPacket;

/// <summary>The verdict of the last report that this process made: what the live numbers show between reports. The report sets it.</summary>
internal sealed class LastVerdict
{
    private volatile string? _verdict;

    /// <summary>CONSISTENT, CONVERGING or INCONSISTENT; null before the first report.</summary>
    public string? Verdict
    {
        get => _verdict;
        set => _verdict = value;
    }
}
