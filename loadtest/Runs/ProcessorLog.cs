using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>
/// Counts the CPU time of each process by stage. A mark assigns the time since the last mark to its stage.
/// </summary>
internal sealed class ProcessorLog
{
    /// <summary>The name of this process.</summary>
    public const string Generator = "generator";

    private readonly IReadOnlyList<Watched> _watched;
    private readonly Dictionary<(string Process, string Stage), double> _seconds = [];
    private IReadOnlyDictionary<string, double> _last;

    public ProcessorLog(IReadOnlyList<Watched> watched)
    {
        _watched = watched;
        _last = Now();
    }

    /// <summary>The process names in their given order, with this process last.</summary>
    public IEnumerable<string> Names => _watched.Select(process => process.Name).Distinct().Append(Generator);

    /// <summary>CPU seconds of a process in a stage.</summary>
    public double Seconds(string process, string stage) => _seconds.GetValueOrDefault((process, stage));

    public void Mark(string stage)
    {
        var now = Now();
        foreach (var (process, seconds) in now)
            // A restarted process starts again at 0.
            _seconds[(process, stage)] = Seconds(process, stage) + Math.Max(0, seconds - _last.GetValueOrDefault(process));
        _last = now;
    }

    private Dictionary<string, double> Now() =>
        new(ProcessTimes.Read(_watched)) { [Generator] = Environment.CpuUsage.TotalTime.TotalSeconds };
}
