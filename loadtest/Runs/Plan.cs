using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Traffic;

namespace RedPacket.LoadTest.Runs;

/// <summary>A workload with all its numbers: its own, or those of the command line.</summary>
/// <param name="WarmupPackets">Packets beside the others that only the warm-up grabs, where a warm-up would use up what is to be measured.</param>
internal sealed record Plan(string Name, string Model, Schedule Schedule, double? Rate, int Connections, int Packets, int WarmupPackets, int Shares, int Users, TimeSpan Duration, TimeSpan Warmup)
{
    /// <summary>The workloads, with what each is for.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Workloads { get; } =
    [
        ("many", "20000 packets of 100 shares, 100000 users, any user grabs any packet: the canonical workload"),
        ("hot", "one packet of 100000 shares that everybody wants"),
        ("skewed", "as many, but a few packets are wanted by most (Zipf)"),
        ("storm", "2000 users grab the same packet at the same instant, and again another one every 2 s"),
        ("soak", "as many, 500 grabs a second for ten minutes (or as long as --duration says)"),
    ];

    /// <summary>The most fen that a packet may hold.</summary>
    private const long MostFen = 20_000_000;

    /// <summary>Fen in each packet: a yuan a share, as far as a packet may hold it.</summary>
    public long AmountFen => Math.Min(MostFen, Shares * 100L);

    /// <summary>Numbers that were not given are the workload's own.</summary>
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

    /// <summary>Who grabs what.</summary>
    public RequestPattern Draw(RunOptions options) => Name switch
    {
        "hot" => new HotPattern(options.Seed, Packets, Users, Shares),
        "skewed" => new ZipfPattern(options.Seed, Packets, Users, options.ZipfExponent),
        "storm" => new StormPattern(options.Seed, Packets, Users),
        _ => new EvenPattern(options.Seed, Packets, Users),
    };

    /// <summary>Who grabs what while nothing is measured.</summary>
    public RequestPattern WarmupDraw(RunOptions options) =>
        WarmupPackets == 0 ? new EvenPattern(options.Seed + 1, Packets, Users) : new EvenPattern(options.Seed + 1, WarmupPackets, Users, Packets);

    private static int Waves(TimeSpan duration, TimeSpan every) => (int)Math.Ceiling(duration / every);
}
