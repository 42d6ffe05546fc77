using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Packets;

/// <summary>Section <c>Packets</c>: what may be sent, and how long it is kept.</summary>
[Section("Packets")]
internal sealed class PacketsOptions
{
    /// <summary>No packet has more shares than this, whatever is set.</summary>
    public const int MostShares = Messages.Entry.MostOrdinal;

    /// <summary>
    /// Over how many shards a new house spreads its packets. A house that exists has its number in the ledger, and is
    /// raised by a call.
    /// </summary>
    [Range(1, Messages.PacketId.MostShards)]
    public int Shards { get; set; } = 1;

    /// <summary>The most shares of one packet.</summary>
    [Range(1, MostShares)]
    public int MaxCount { get; set; } = MostShares;

    /// <summary>No packet has more fen than this, whatever is set: a share has eight digits.</summary>
    public const long MostFen = 99_999_999;

    /// <summary>The most fen of one packet.</summary>
    [Range(1, MostFen)]
    public long MaxAmountFen { get; set; } = 20_000_000;

    public TimeSpan MinExpiry { get; set; } = TimeSpan.FromSeconds(10);

    public TimeSpan MaxExpiry { get; set; } = TimeSpan.FromDays(7);

    public TimeSpan DefaultExpiry { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The shortest and the longest life of a packet, in the whole seconds of a request.</summary>
    public (long Shortest, long Longest) ExpirySeconds =>
        ((long)Math.Ceiling(MinExpiry.TotalSeconds), (long)MaxExpiry.TotalSeconds);

    /// <summary>The longest greeting, in text elements (what a reader counts as characters).</summary>
    [Range(0, 1000)]
    public int MaxGreeting { get; set; } = 100;

    /// <summary>How lucky packets are split: <c>line-cutting</c> or <c>double-mean</c>.</summary>
    public string Split { get; set; } = Splits.LineCutting.Name;

    /// <summary>
    /// Secrets of the splits, as <see cref="SecretKey.Read"/> takes them: the first makes the seeds of new packets, and
    /// the others rebuild older ones. Without them seeds are plain. An empty text counts as none.
    /// </summary>
    public string[] SplitKeys { get; set; } = [];

    /// <summary>
    /// How long a closed packet stays in Redis, counted from the last transfer that the ledger recorded of it. At least as
    /// long as the interval between the ledger's backups.
    /// </summary>
    public TimeSpan Retain { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often the service looks for packets that have expired.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an Idempotency-Key is remembered, from the moment of sending.</summary>
    public static readonly TimeSpan KeyRetention = Ledger.Writing.IdempotencyKeys.Retention;

    /// <inheritdoc cref="KeyRetention"/>
    public static readonly long KeyRetentionMs = (long)KeyRetention.TotalMilliseconds;
}

/// <summary>
/// Section <c>Outbox</c>: the limit that the scripts hold. The rest of the section belongs to the relay.
/// </summary>
[Section("Outbox")]
internal sealed class OutboxLimitOptions
{
    /// <summary>Entries a shard's outbox may hold before grabs and sends are refused.</summary>
    [Range(1, 100_000_000)]
    public long Limit { get; set; } = 2_000_000;
}

/// <summary>Refuses an unknown split, and durations that contradict each other.</summary>
internal sealed class PacketsOptionsCheck : IValidateOptions<PacketsOptions>
{
    public ValidateOptionsResult Validate(string? name, PacketsOptions options)
    {
        string[] mistakes = [.. Mistakes(options)];
        return mistakes.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private static IEnumerable<string> Mistakes(PacketsOptions options)
    {
        if (!Splits.ForLucky.Contains(options.Split))
            yield return $"Packets:Split must be {string.Join(" or ", Splits.ForLucky)}; it was {StartError.Quoted(options.Split)}.";
        foreach (var (index, key) in options.SplitKeys.Index().Where(each => each.Item.Length > 0 && SecretKey.Read(each.Item) is null))
            yield return $"Packets:SplitKeys:{index} is too short: it needs at least {SecretKey.LeastBytes} bytes, for example from "
                + "openssl rand -base64 32.";
        if (options.MinExpiry < TimeSpan.FromSeconds(1) || options.MaxExpiry < options.MinExpiry
            || options.MaxExpiry > TimeSpan.FromDays(365))
            yield return "Packets:MinExpiry must be at least 1 second, and Packets:MaxExpiry at least that and at most 365 days; "
                + $"they were {options.MinExpiry} and {options.MaxExpiry}.";
        else if (options.DefaultExpiry < options.MinExpiry || options.DefaultExpiry > options.MaxExpiry)
            yield return $"Packets:DefaultExpiry must be {options.MinExpiry} to {options.MaxExpiry} "
                + $"(Packets:MinExpiry, Packets:MaxExpiry); it was {options.DefaultExpiry}.";
        if (options.Retain < TimeSpan.FromSeconds(1))
            yield return $"Packets:Retain must be at least 1 second; it was {options.Retain}.";
        if (options.SweepEvery < TimeSpan.FromMilliseconds(10))
            yield return $"Packets:SweepEvery must be at least 10 milliseconds; it was {options.SweepEvery}.";
    }
}

/// <summary>
/// Section <c>Grabs</c>: how calls wait for a shard that is away for a moment. The rest of the section belongs to
/// Grabs.
/// </summary>
[Section("Grabs")]
internal sealed class HoldOptions
{
    /// <summary>
    /// Sends and grabs that Redis has not executed wait until the shard has been away for so long, and are refused
    /// then. A planned failover takes less.
    /// </summary>
    public TimeSpan HoldFor { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Grabs that may wait for one shard. Further ones are refused immediately.</summary>
    [Range(1, 1_000_000)]
    public int HoldMax { get; set; } = 20_000;
}

/// <summary>Refuses a time that callers would not wait.</summary>
internal sealed class HoldOptionsCheck : IValidateOptions<HoldOptions>
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    public ValidateOptionsResult Validate(string? name, HoldOptions options) =>
        options.HoldFor >= TimeSpan.Zero && options.HoldFor <= s_longest
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Grabs:HoldFor must be 0 to {s_longest}; it was {options.HoldFor}.");
}
