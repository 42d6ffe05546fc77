using System.Diagnostics;

namespace RedPacket.LoadTest.Runs;

/// <summary>A line a second (in long runs every ten), for files and pipes: no colours, nothing overwritten.</summary>
internal sealed class PlainView(TextWriter writer, TimeSpan duration) : RunView
{
    private readonly TimeSpan _every = TimeSpan.FromSeconds(duration > TimeSpan.FromMinutes(5) ? 10 : 1);
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private TimeSpan _last = TimeSpan.MinValue;
    private string _stage = "";

    public override Task Run(Func<Task> work) => work();

    public override void Show(Progress progress)
    {
        if (progress.Stage == _stage && _since.Elapsed - _last < _every)
            return;
        (_stage, _last) = (progress.Stage, _since.Elapsed);
        var live = progress.Live;
        var numbers = progress.Stage is "grab" or "drain"
            ? $"  {Report.Format.Number(progress.Pulse.AnswersPerSecond)}/s, p50 {Report.Format.Time(progress.Pulse.P50Ms)}, p99 {Report.Format.Time(progress.Pulse.P99Ms)}; "
                + $"outbox {Number(live?.Outbox)}, queue {Number(live?.Queue)}, lag {Lag(live?.LagMs)}, {live?.Verdict ?? "no verdict yet"}"
            : "";
        writer.WriteLine($"{Clock()}  {progress.Stage,-8}{progress.Text}{numbers}");
    }

    public override void Done(string stage, double seconds, string text) => writer.WriteLine($"{Clock()}  {stage,-8}done in {Report.Format.Time(seconds * 1000)}. {text}");

    private string Clock() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_since.Elapsed.TotalSeconds,6:0.0}s");

    private static string Number(long? number) => number is { } known ? Report.Format.Number(known) : "?";

    private static string Lag(long? ms) => ms is { } known ? Report.Format.Time(known) : "?";
}
