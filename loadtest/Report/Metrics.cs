using System.Globalization;

namespace RedPacket.LoadTest.Report;

/// <summary>What a number is, and so what it may be compared with.</summary>
internal enum Unit
{
    /// <summary>Milliseconds; written <c>50ms</c>, <c>2s</c>, <c>300us</c>.</summary>
    Time,

    /// <summary>A plain number, or a rate per second.</summary>
    Number,

    /// <summary>A number that may also be given as a part of all answers, in per cent.</summary>
    Count,

    /// <summary>A word.</summary>
    Word,
}

/// <summary>The figures by name, as thresholds and comparisons call them.</summary>
internal sealed record Metric(string Name, Unit Unit, string Meaning, Func<ResultDocument, object?> Read)
{
    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        .. OfLatency("", document => document.Latency, "from due to answered"),
        .. OfLatency("service.", document => document.Service, "from sent to answered"),
        new("lag.p50", Unit.Time, "from grant to ledger", document => document.Lag?.P50Ms),
        new("lag.p99", Unit.Time, "from grant to ledger", document => document.Lag?.P99Ms),
        new("lag.max", Unit.Time, "from grant to ledger", document => document.Lag?.MaxMs),
        new("drain", Unit.Time, "from the last grab until all was in the ledger", document => document.Drain is { Done: true } drain ? drain.Seconds * 1000 : null),
        new("cpu", Unit.Time, "processor time per grab, all watched processes, the generator left out", document => CpuPerGrabMs(document)),
        new("rate", Unit.Number, "answers per second", document => document.Throughput.Answers),
        new("won.rate", Unit.Number, "shares won per second", document => document.Throughput.Won),
        new("max.rate", Unit.Number, "highest rate that held (--max)", document => document.Max?.Rate),
        new("noop.ratio", Unit.Number, "our rate by that of an endpoint that does nothing (--noop)", document => document.Noop?.Ratio),
        new("won", Unit.Count, "grabs that won", document => document.Outcomes.Won),
        new("emptied", Unit.Count, "grabs that came too late", document => document.Outcomes.Emptied),
        new("refused", Unit.Count, "503 and 429", document => document.Outcomes.Refused),
        new("failed", Unit.Count, "no answer, or one that no contract knows", document => document.Outcomes.Failed),
        new("late", Unit.Count, "sent more than 10 ms after they were due", document => document.Outcomes.Late),
        new("dropped", Unit.Count, "due, and never sent", document => document.Outcomes.Dropped),
        new("lost", Unit.Number, "told 'won', and not booked so", document => document.Money?.Lost),
        new("duplicated", Unit.Number, "booked twice", document => document.Money?.Duplicated),
        new("unexpected", Unit.Number, "booked, and told to nobody", document => document.Money?.Unexpected),
        new("verdict", Unit.Word, "of the consistency report", document => document.Verdict?.Word),
        new("money", Unit.Word, "balanced, or unbalanced: record against ledger, and the verdict", document => document.IsBalanced ? "balanced" : "unbalanced"),
    ];

    /// <summary>The one of that name; null when there is none.</summary>
    public static Metric? Find(string name) => All.FirstOrDefault(metric => metric.Name == name);

    /// <summary>Processor milliseconds per answered grab, without the generator's; null when nothing was watched.</summary>
    public static double? CpuPerGrabMs(ResultDocument document) =>
        document.Processes.Any(process => !process.IsGenerator) ? document.Processes.Where(process => !process.IsGenerator).Sum(process => process.PerGrabUs) / 1000 : null;

    /// <summary>A value as people read it.</summary>
    public string Text(object? value) => value switch
    {
        null => "not measured",
        string word => word,
        _ when Unit == Unit.Time => Format.Time(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        _ => Format.Number(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
    };

    private static IEnumerable<Metric> OfLatency(string prefix, Func<ResultDocument, LatencyFacts> of, string meaning) =>
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
