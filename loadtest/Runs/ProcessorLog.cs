using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>Who used how much processor time in which stage. What was used since the last mark belongs to the stage that is named now.</summary>
internal sealed class ProcessorLog
{
    /// <summary>The name of this program among the processes.</summary>
    public const string Generator = "generator";

    private readonly IReadOnlyList<Watched> _watched;
    private readonly Dictionary<(string Process, string Stage), double> _seconds = [];
    private IReadOnlyDictionary<string, double> _last;

    public ProcessorLog(IReadOnlyList<Watched> watched)
    {
        _watched = watched;
        _last = Now();
    }

    /// <summary>The names, in the order in which they were given; this program last.</summary>
    public IEnumerable<string> Names => _watched.Select(process => process.Name).Distinct().Append(Generator);

    /// <summary>Seconds of a process in a stage.</summary>
    public double Seconds(string process, string stage) => _seconds.GetValueOrDefault((process, stage));

    public void Mark(string stage)
    {
        var now = Now();
        foreach (var (process, seconds) in now)
            // A process that was restarted begins at nought again.
            _seconds[(process, stage)] = Seconds(process, stage) + Math.Max(0, seconds - _last.GetValueOrDefault(process));
        _last = now;
    }

    private Dictionary<string, double> Now() => new(ProcessTimes.Read(_watched)) { [Generator] = Environment.CpuUsage.TotalTime.TotalSeconds };
}
