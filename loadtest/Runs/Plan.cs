using RedPacket.Demo;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Runs;

/// <summary>A workload with its numbers, from the command line or its defaults.</summary>
/// <param name="Send">When packets are sent: no faster than the grabs that somebody asked for.</param>
/// <param name="Rate">Grabs per second at an even rate; null without one.</param>
/// <param name="Stages">The text of a rate that changes.</param>
/// <param name="WarmupPackets">The packets of the warm-up, which takes no share of the measured ones.</param>
internal sealed record Plan(
    string Name, string Model, Schedule Send, Schedule WarmingUp, Schedule Schedule, double? Rate, string? Stages, int Connections,
    int Packets, int WarmupPackets, int Shares, int Users, TimeSpan Duration, TimeSpan Warmup)
{
    /// <summary>The workloads and their meanings.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Workloads { get; } =
    [
        ("many", "100000 users grab 20000 packets of 100 shares at random (the canonical workload)"),
        ("hot", "all users grab one packet of 100000 shares"),
        ("skewed", "like many, but a few packets get most grabs (Zipf)"),
        ("storm", "2000 users grab one packet at the same instant, and another one every 2 s"),
        ("soak", "like many, with 500 grabs per second for ten minutes (or --duration)"),
    ];

    /// <summary>The most fen that a packet may hold.</summary>
    private const long MostFen = 20_000_000;

    private const int UsualPackets = 20_000;

    /// <summary>
    /// Shares for each grab of a known rate. With fewer, some of the packets would be empty before the end.
    /// </summary>
    private const double SharesPerGrab = 1.5;

    /// <summary>
    /// More than a closed model reaches here. Packets that are empty too early would only make the warm-up lighter.
    /// </summary>
    private const double ClosedRate = 10_000;

    /// <summary>Fen in each packet: a yuan per share, up to the maximum.</summary>
    public long AmountFen => Math.Min(MostFen, Shares * 100L);

    /// <summary>Takes the numbers from the options, and the workload's defaults for the rest.</summary>
    public static Plan Of(RunOptions options)
    {
        var (storm, soak, hot) = (options.Workload == "storm", options.Workload == "soak", options.Workload == "hot");
        var duration = options.Duration ?? TimeSpan.FromSeconds(soak ? 600 : 20);
        var users = options.Users ?? (storm ? 2000 : hot ? 200_000 : 100_000);
        var shares = options.Shares ?? (storm ? 1000 : hot ? 100_000 : 100);
        var rate = options.Rate ?? (soak && options.Stages is null ? 500 : null);
        var shape = options.Stages ?? (rate is { } perSecond ? RateShape.Constant(perSecond) : null);
        var waves = Schedule.Waves(users, options.WaveEvery);
        var schedule = storm ? waves : shape is not null ? Schedule.Of(shape) : Schedule.Closed;
        var model = storm ? "waves" : options.Max is not null ? "max" : shape is not null ? "open" : "closed";
        var first = options.Max?.Start ?? shape?.First;
        // Nothing is due in a warm-up at the first rate of a ramp from 0.
        var warmup = first == 0 ? TimeSpan.Zero : options.Warmup ?? TimeSpan.FromSeconds(2);
        var packets = options.Packets ?? (hot ? 1
            : storm ? WavesIn(duration, options.WaveEvery)
            : shape is null ? UsualPackets
            : soak ? PacketsFor(shape.Total(duration.TotalSeconds), shares)
            : Math.Min(UsualPackets, PacketsFor(shape.Total(duration.TotalSeconds), shares)));
        var warmupPackets = warmup == TimeSpan.Zero ? 0
            : storm ? WavesIn(warmup, options.WaveEvery)
            : Math.Min(packets, PacketsFor((first ?? ClosedRate) * warmup.TotalSeconds, shares));
        return new Plan(
            options.Workload, model, shape is null ? Schedule.Closed : Schedule.Rate(shape.Peak),
            storm ? waves : first is > 0 ? Schedule.Rate(first.Value) : Schedule.Closed, schedule, rate, options.Stages?.Text,
            options.Connections ?? (storm ? users : model == "closed" ? 64 : 256),
            packets, warmupPackets, shares, users, duration, warmup);
    }

    /// <summary>The pattern of the measured grabs.</summary>
    public RequestPattern Pattern(RunOptions options) => Name switch
    {
        "hot" => new HotPattern(options.Seed, Packets, Users, Shares),
        "skewed" => new ZipfPattern(options.Seed, Packets, Users, options.ZipfExponent),
        "storm" => new StormPattern(options.Seed, Packets, Users),
        _ => new EvenPattern(options.Seed, Packets, Users),
    };

    /// <summary>The pattern of the grabs during the warm-up.</summary>
    public RequestPattern WarmupPattern(RunOptions options) => Name == "storm"
        ? new StormPattern(options.Seed + 1, WarmupPackets, Users, Packets)
        : new EvenPattern(options.Seed + 1, WarmupPackets, Users, Packets);

    private static int WavesIn(TimeSpan duration, TimeSpan every) => (int)Math.Ceiling(duration / every);

    private static int PacketsFor(double grabs, int shares) =>
        (int)Math.Ceiling(Math.Max(1, grabs * SharesPerGrab / shares));
}
