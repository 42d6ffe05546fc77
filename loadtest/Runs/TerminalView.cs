using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace RedPacket.LoadTest.Runs;

/// <summary>Displays the stages and the numbers of this second in place.</summary>
internal sealed class TerminalView(IAnsiConsole console, string title) : RunView
{
    private const int BarWidth = 40;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _done = [];
    private readonly Queue<double> _rates = new();
    private Progress _now = new("prepare", null, "", CurrentRates.None, null);
    private LiveDisplayContext? _context;
    private double _lastRate = -1;

    public override async Task Run(Func<Task> work) => await console.Live(new Text("")).AutoClear(false).StartAsync(async context =>
    {
        _context = context;
        await work();
        Draw();
    });

    public override void Show(Progress progress)
    {
        lock (_lock)
        {
            _now = progress;
            if (progress.Stage == "grab" && progress.Rates.AnswersPerSecond != _lastRate)
            {
                _rates.Enqueue(_lastRate = progress.Rates.AnswersPerSecond);
                if (_rates.Count > BarWidth)
                    _rates.Dequeue();
            }
        }
        Draw();
    }

    public override void Done(string stage, double seconds, string text)
    {
        lock (_lock)
            _done[stage] = $"[grey]{Markup.Escape(Format.Time(seconds * 1000)),8}[/]  {Markup.Escape(text)}";
        Draw();
    }

    private void Draw()
    {
        lock (_lock)
        {
            _context?.UpdateTarget(new Rows(Rows()));
            _context?.Refresh();
        }
    }

    private IEnumerable<IRenderable> Rows()
    {
        yield return new Markup($"[bold red]红包[/] [bold]RedPacket load test[/]  [grey]{Markup.Escape(title)}[/]\n");
        foreach (var stage in Stages)
        {
            if (_done.TryGetValue(stage, out var done))
                yield return new Markup($"[green]✓[/] {stage,-8}{done}");
            else if (stage == _now.Stage)
                yield return new Markup($"[yellow]●[/] [bold]{stage,-8}[/]{Bar(_now.Part)}  {Markup.Escape(_now.Text)}");
            else
                yield return new Markup($"[grey]○ {stage}[/]");
        }
        if (_now.Stage is "grab" or "drain")
            yield return Numbers(_now);
    }

    private Padder Numbers(Progress now)
    {
        var live = now.Live;
        var grid = new Grid().AddColumns(6);
        string[] names = ["answers/s", "p50", "p99", "outbox", "queue", "lag"];
        string[] values =
        [
            Format.Number(now.Rates.AnswersPerSecond), Format.Time(now.Rates.P50Ms), Format.Time(now.Rates.P99Ms),
            Number(live?.Outbox), Number(live?.Queue), Lag(live),
        ];
        grid.AddRow([.. names.Select(name => new Markup($"[grey]{name}[/]"))]);
        grid.AddRow([.. values.Select(value => new Markup($"[bold]{Markup.Escape(value)}[/]"))]);
        var colour = live?.Verdict switch { "CONSISTENT" => "green", "INCONSISTENT" => "red", _ => "yellow" };
        var verdict = new Markup($"[cyan]{Sparkline()}[/]  [{colour}]{live?.Verdict ?? "no verdict yet"}[/]");
        return new Padder(new Rows(grid, verdict), new Padding(2, 1, 0, 0));
    }

    private string Sparkline()
    {
        const string levels = "▁▂▃▄▅▆▇█";
        var most = _rates.DefaultIfEmpty(1).Max();
        var last = levels.Length - 1;
        return string.Concat(_rates.Select(rate => levels[(int)Math.Clamp(rate / Math.Max(most, 1) * last, 0, last)]));
    }

    private static string Bar(double? part)
    {
        if (part is not { } known)
            return "";
        var full = (int)Math.Clamp(known * BarWidth, 0, BarWidth);
        return $"[red]{new string('━', full)}[/][grey]{new string('━', BarWidth - full)}[/]";
    }

    private static string Number(long? number) => number is { } known ? Format.Number(known) : "?";

    private static string Lag(LivePoint? live) => live?.LagMs is { } ms ? Format.Time(ms) : "?";
}
