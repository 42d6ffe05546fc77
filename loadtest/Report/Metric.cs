using System.Globalization;

namespace RedPacket.LoadTest.Report;

/// <summary>The unit of a metric, which decides what thresholds may compare.</summary>
internal enum Unit
{
    /// <summary>Milliseconds, written <c>50ms</c>, <c>2s</c> or <c>300us</c>.</summary>
    Time,

    /// <summary>A plain number, or a rate per second.</summary>
    Number,

    /// <summary>A count, which a threshold may also give in percent of all answers.</summary>
    Count,

    /// <summary>A word.</summary>
    Word,
}

/// <summary>Which direction of a change is good.</summary>
internal enum Better
{
    Lower,
    Higher,
    Neither,
}

/// <summary>A named figure of a result, for thresholds and comparisons.</summary>
internal sealed record Metric(
    string Name, Unit Unit, string Meaning, Func<ResultDocument, object?> Read, Better Better = Better.Lower)
{
    /// <summary>All metrics, in the order of the help.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        .. OfLatency("", document => document.Latency, "from due to answer"),
        .. OfLatency("service.", document => document.Service, "from sending to answer"),
        new("lag.p50", Unit.Time, "from grant to ledger", document => document.Lag?.P50Ms),
        new("lag.p99", Unit.Time, "from grant to ledger", document => document.Lag?.P99Ms),
        new("lag.max", Unit.Time, "from grant to ledger", document => document.Lag?.MaxMs),
        new("drain", Unit.Time, "from the last grab until the ledger has all shares",
            document => document.Drain is { Done: true } drain ? drain.Seconds * 1000 : null),
        new("cpu", Unit.Time, "CPU time per grab of all processes except the generator", document => CpuPerGrabMs(document)),
        new("rate", Unit.Number, "answers per second", document => document.Throughput.Answers, Better.Higher),
        new("won.rate", Unit.Number, "shares won per second", document => document.Throughput.Won, Better.Higher),
        new("max.rate", Unit.Number, "highest rate that held (--max)", document => document.Max?.Rate, Better.Higher),
        new("noop.ratio", Unit.Number, "rate as a fraction of the no-op endpoint's (--noop)", document => document.Noop?.Ratio,
            Better.Higher),
        new("won", Unit.Count, "grabs that won", document => document.Outcomes.Won, Better.Higher),
        new("emptied", Unit.Count, "grabs that came too late", document => document.Outcomes.Emptied, Better.Neither),
        new("refused", Unit.Count, "503 and 429", document => document.Outcomes.Refused),
        new("failed", Unit.Count, "no answer, or one outside the contract", document => document.Outcomes.Failed),
        new("late", Unit.Count, "sent more than 10 ms after they were due", document => document.Outcomes.Late),
        new("dropped", Unit.Count, "due but never sent", document => document.Outcomes.Dropped),
        new("lost", Unit.Number, "confirmed but not recorded exactly so", document => document.Money?.Lost),
        new("duplicated", Unit.Number, "recorded twice", document => document.Money?.Duplicated),
        new("unexpected", Unit.Number, "recorded but never confirmed", document => document.Money?.Unexpected),
        new("verdict", Unit.Word, "of the consistency report", document => document.Verdict?.Word),
        new("money", Unit.Word, "balanced when record and ledger agree and the verdict is CONSISTENT, else unbalanced",
            document => document.IsBalanced ? "balanced" : "unbalanced"),
    ];

    /// <summary>Finds a metric by name; null when there is none.</summary>
    public static Metric? Find(string name) => All.FirstOrDefault(metric => metric.Name == name);

    /// <summary>The error for a name that <see cref="Find"/> does not know.</summary>
    public static string Unknown(string name) =>
        $"there is no metric '{name}'. The metrics are {string.Join(", ", All.Select(known => known.Name))}.";

    /// <summary>CPU milliseconds per answered grab, without the generator; null without watched processes.</summary>
    public static double? CpuPerGrabMs(ResultDocument document)
    {
        var watched = document.Processes.Where(process => !process.IsGenerator).ToArray();
        return watched.Length > 0 ? watched.Sum(process => process.PerGrabUs) / 1000 : null;
    }

    /// <summary>Formats a value.</summary>
    public string Text(object? value) => value switch
    {
        null => "not measured",
        string word => word,
        _ when Unit == Unit.Time => Format.Time(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => Format.Number(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
    };

    private static IEnumerable<Metric> OfLatency(string prefix, Func<ResultDocument, LatencyFacts> of,
        string meaning) =>
    [
        new($"{prefix}p50", Unit.Time, meaning, document => of(document).P50Ms),
        new($"{prefix}p75", Unit.Time, meaning, document => of(document).P75Ms),
        new($"{prefix}p90", Unit.Time, meaning, document => of(document).P90Ms),
        new($"{prefix}p95", Unit.Time, meaning, document => of(document).P95Ms),
        new($"{prefix}p99", Unit.Time, meaning, document => of(document).P99Ms),
        new($"{prefix}p99.9", Unit.Time, meaning, document => of(document).P999Ms),
        new($"{prefix}p99.99", Unit.Time, meaning, document => of(document).P9999Ms),
        new($"{prefix}mean", Unit.Time, meaning, document => of(document).MeanMs),
        new($"{prefix}max", Unit.Time, meaning, document => of(document).MaxMs),
    ];
}
