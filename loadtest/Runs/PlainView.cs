using System.Diagnostics;
using RedPacket.LoadTest.Report;

namespace RedPacket.LoadTest.Runs;

/// <summary>Writes a line per second for files and pipes, in long runs one every ten seconds.</summary>
internal sealed class PlainView(TextWriter writer, TimeSpan duration) : RunView
{
    private readonly TimeSpan _every = TimeSpan.FromSeconds(duration > TimeSpan.FromMinutes(5) ? 10 : 1);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _last = TimeSpan.MinValue;
    private string _stage = "";
    private string _line = "";

    public override Task Run(Func<Task> work) => work();

    public override void Show(Progress progress)
    {
        if (progress.Stage == _stage && _watch.Elapsed - _last < _every)
            return;
        _last = _watch.Elapsed;
        var live = progress.Live;
        var numbers = progress.Stage is "grab" or "drain"
            ? $"  {Format.Number(progress.Rates.AnswersPerSecond)}/s, p50 {Format.Time(progress.Rates.P50Ms)}, "
                + $"p99 {Format.Time(progress.Rates.P99Ms)}, outbox {Number(live?.Outbox)}, queue {Number(live?.Queue)}, "
                + $"lag {Lag(live?.LagMs)}, {live?.Verdict ?? "no verdict yet"}"
            : "";
        var line = $"{progress.Stage,-8}{progress.Text}{numbers}";
        // A wait says once what it waits for, when it knows.
        if (line != _line && line.Trim() != progress.Stage)
            writer.WriteLine($"{Clock()}  {line}");
        (_stage, _line) = (progress.Stage, line);
    }

    public override void Done(string stage, double seconds, string text) =>
        writer.WriteLine($"{Clock()}  {stage,-8}done in {Format.Time(seconds * 1000)}: {text}");

    private string Clock() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,6:0.0}s");

    private static string Number(long? number) => number is { } known ? Format.Number(known) : "?";

    private static string Lag(long? ms) => ms is { } known ? Format.Time(known) : "?";
}
