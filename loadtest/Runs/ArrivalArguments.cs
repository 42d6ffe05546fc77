using System.CommandLine;
using System.Globalization;
using RedPacket.Demo;

namespace RedPacket.LoadTest.Runs;

/// <summary>The options of <c>run</c> that say how long it lasts and when grabs are due.</summary>
internal sealed class ArrivalArguments
{
    private readonly Option<TimeSpan?> _duration = Arguments.Duration("--duration", "length of the measurement (20s, with soak 10m)", 0.1);

    private readonly Option<TimeSpan?> _warmup = Arguments.Duration(
        "--warmup", "length of the warm-up before it, at the first rate and with its own packets (2s)");

    private readonly Option<double?> _rate = Arguments.Rate(
        "--rate", "grabs per second at fixed moments (open model). Default: each connection grabs again after its answer (closed model)");

    private readonly Option<string?> _stages = new("--stages")
    {
        Description = "the rate at each time, with straight lines between. For example 0:100,10s:1500,20s:100. "
            + "Two rates at one time are a jump",
        HelpName = "time:rate,…",
    };

    private readonly Option<string?> _ramp = new("--ramp")
    {
        Description = "a rate that grows evenly over the duration (20s), for example 100-1500",
        HelpName = "from-to",
    };

    private readonly Option<string?> _spike = new("--spike")
    {
        Description = "the first rate, and the second one in the middle fifth of the duration (20s), for example 100-1500",
        HelpName = "usual-peak",
    };

    private readonly Option<bool> _max = new("--max") { Description = "search the highest rate at which p99 and lag hold" };
    private readonly Option<TimeSpan?> _maxP99 = Arguments.Duration("--max-p99", "limit of p99 for --max (50ms)", 0.0001);
    private readonly Option<TimeSpan?> _maxLag = Arguments.Duration("--max-lag", "limit of the lag for --max (2s)", 0.001);
    private readonly Option<double?> _maxStart = Arguments.Rate("--max-start", "first rate of --max (1000)");
    private readonly Option<TimeSpan?> _round = Arguments.Duration("--round", "how long --max tries each rate (5s)", 0.5);
    private readonly Option<TimeSpan?> _wave = Arguments.Duration("--wave-every", "time between two waves of the storm (2s)", 0.05);

    public IEnumerable<Option> All =>
    [
        _duration, _warmup, _rate, _stages, _ramp, _spike, _max, _maxP99, _maxLag, _maxStart, _round, _wave,
    ];

    public TimeSpan? Warmup(ParseResult parsed) => parsed.GetValue(_warmup);

    public double? Rate(ParseResult parsed) => parsed.GetValue(_rate);

    public TimeSpan WaveEvery(ParseResult parsed) => parsed.GetValue(_wave) ?? TimeSpan.FromSeconds(2);

    public MaxOptions? Max(ParseResult parsed) => !parsed.GetValue(_max) ? null : new MaxOptions(
        parsed.GetValue(_maxStart) ?? 1000, parsed.GetValue(_round) ?? TimeSpan.FromSeconds(5),
        parsed.GetValue(_maxP99) ?? TimeSpan.FromMilliseconds(50), parsed.GetValue(_maxLag) ?? TimeSpan.FromSeconds(2));

    /// <summary>The stages, also of a ramp or a spike; null without any.</summary>
    public RateShape? Stages(ParseResult parsed) =>
        StagesText(parsed) is { } text && RateShape.TryParse(text, out var shape, out _) ? shape : null;

    /// <summary>The length of the measurement; null for the workload's default.</summary>
    public TimeSpan? Duration(ParseResult parsed) => Stages(parsed)?.Length ?? parsed.GetValue(_duration);

    /// <summary>Returns what is wrong with these options, or null.</summary>
    public string? Check(ParseResult parsed, string workload, bool noop)
    {
        var max = parsed.GetValue(_max);
        Option[] shapes = [_rate, _stages, _ramp, _spike];
        Option[] given = [.. shapes.Where(option => parsed.GetResult(option) is { Implicit: false })];
        if (max && (given.Length > 0 || workload == "storm" || noop))
            return $"--max searches the rate. Leave {Names(shapes)}, --noop and the storm workload out.";
        if (given.Length > 1)
            return $"{Names(given)} exclude each other. Give one of them.";
        if (workload == "storm" && given.Length > 0)
            return $"The storm workload has no rate. Use --wave-every instead of {given[0].Name}.";
        if (noop && given.Length > 0 && given[0] != _rate)
            return $"--noop measures by turns, and each turn would begin the shape again. Leave {given[0].Name} out.";
        return CheckShape(parsed);
    }

    private string? CheckShape(ParseResult parsed)
    {
        if (parsed.GetValue(_stages) is not null && parsed.GetValue(_duration) is not null)
            return "--stages sets the duration by its last time. Leave --duration out.";
        foreach (var option in new[] { _ramp, _spike })
        {
            if (parsed.GetValue(option) is { } text && Pair(text) is null)
                return $"{option.Name} must be two rates per second, for example 100-1500; it was '{text}'.";
        }
        return StagesText(parsed) is { } stages && !RateShape.TryParse(stages, out _, out var error) ? error : null;
    }

    /// <summary>Ramps and spikes are short forms of stages.</summary>
    private string? StagesText(ParseResult parsed)
    {
        var length = parsed.GetValue(_duration) ?? TimeSpan.FromSeconds(20);
        if (Pair(parsed.GetValue(_ramp)) is var (from, to))
            return $"0:{from},{At(1)}:{to}";
        return Pair(parsed.GetValue(_spike)) is var (usual, peak)
            ? $"0:{usual},{At(0.4)}:{usual},{At(0.4)}:{peak},{At(0.6)}:{peak},{At(0.6)}:{usual},{At(1)}:{usual}"
            : parsed.GetValue(_stages);

        string At(double part) => (length.TotalSeconds * part).ToString("0.###", CultureInfo.InvariantCulture) + "s";
    }

    private static (string First, string Second)? Pair(string? text) => text?.Split('-') is [var first, var second]
        && RateShape.TryParse($"0:{first},7h:{second}", out _, out _)
        ? (first, second)
        : null;

    private static string Names(IEnumerable<Option> options) =>
        string.Join(", ", options.Select(option => option.Name));
}
