using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Runs;

/// <summary>A workload with its numbers, from the command line or its defaults.</summary>
/// <param name="WarmupPackets">Extra packets for the warm-up, where it would otherwise empty the measured ones.</param>
internal sealed record Plan(
    string Name, string Model, Schedule Schedule, double? Rate, int Connections, int Packets, int WarmupPackets, int Shares, int Users,
    TimeSpan Duration, TimeSpan Warmup)
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

    /// <summary>Fen in each packet: a yuan per share, up to the maximum.</summary>
    public long AmountFen => Math.Min(MostFen, Shares * 100L);

    /// <summary>Takes the numbers from the options, and the workload's defaults for the rest.</summary>
    public static Plan Of(RunOptions options)
    {
        var storm = options.Workload == "storm";
        var soak = options.Workload == "soak";
        var hot = options.Workload == "hot";
        var duration = options.Duration ?? TimeSpan.FromSeconds(soak ? 600 : 20);
        var users = options.Users ?? (storm ? 2000 : hot ? 200_000 : 100_000);
        var shares = options.Shares ?? (storm ? 1000 : hot ? 100_000 : 100);
        var rate = options.Rate ?? (soak ? 500 : null);
        var packets = options.Packets ?? (hot ? 1
            : storm ? Waves(duration, options.WaveEvery)
            : soak ? (int)Math.Ceiling(rate!.Value * duration.TotalSeconds * 1.2 / shares) + 1 : 20_000);
        var (model, schedule) = storm ? ("waves", Schedule.Waves(users, options.WaveEvery))
            : options.Max is not null ? ("max", Schedule.Closed)
            : rate is { } perSecond ? ("open", Schedule.Rate(perSecond))
            : ("closed", Schedule.Closed);
        var warmup = options.Warmup ?? TimeSpan.FromSeconds(2);
        var extra = (hot || storm) && warmup > TimeSpan.Zero ? 1 : 0;
        var connections = options.Connections ?? (storm ? users : options.Max is not null || rate is not null ? 256 : 64);
        return new Plan(options.Workload, model, schedule, rate, connections, packets, extra, shares, users, duration, warmup);
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
    public RequestPattern WarmupPattern(RunOptions options) => WarmupPackets == 0
        ? new EvenPattern(options.Seed + 1, Packets, Users)
        : new EvenPattern(options.Seed + 1, WarmupPackets, Users, Packets);

    private static int Waves(TimeSpan duration, TimeSpan every) => (int)Math.Ceiling(duration / every);
}
