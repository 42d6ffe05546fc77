using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Operations;

/// <summary>One second of the house, in sums only. What could not be read, or is not in this process, is null.</summary>
/// <param name="Outbox">Entries that the ledger does not have yet.</param>
/// <param name="Queue">Entries that the relay in this process has sent and the ledger has not recorded; null without a relay here.</param>
/// <param name="LagMs">How long the oldest entry has been on its way.</param>
/// <param name="Verdict">
/// That of the last report, unless what is seen now says otherwise: INCONSISTENT while entries are parked, CONVERGING while anything is on its way or a side cannot
/// be read. Null before the first report, and in a process that makes none.
/// </param>
internal sealed record LiveNumbers(
    [property: JsonConverter(typeof(UtcMilliseconds))] DateTimeOffset At, LiveRates Rates, LiveTotals Totals, long? Outbox, long? Queue, long? LagMs, string? Verdict)
{
    /// <summary>Null in a process without the grab role.</summary>
    public LiveGrabs? Grabs { get; init; }

    /// <summary>Entries of the outbox that the relay in this process sends by the slow lane.</summary>
    public long? Slow { get; init; }

    /// <summary>Entries that are parked and wait.</summary>
    public long? Parked { get; init; }

    /// <summary>open, or closed when that of any shard is.</summary>
    public string? Gate { get; init; }

    /// <summary>up or down.</summary>
    public string? Store { get; init; }

    /// <summary>up or down, as relay and settlement of this process see it.</summary>
    public string? Bus { get; init; }

    /// <summary>up or down: whether it can be written, or in a process that does not, read.</summary>
    public string? Ledger { get; init; }

    /// <summary>Cores that this process used since the sample before.</summary>
    public double? Cpu { get; init; }

    /// <summary>For how long the verdict has been CONSISTENT; null when it is not.</summary>
    public long? ConsistentForMs { get; init; }

    /// <summary>For how long it has not been CONSISTENT; null when it is.</summary>
    public long? ConvergingForMs { get; init; }

    /// <summary>Only where somebody stages faults: the demo.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StagedFault>? Faults { get; init; }
}

/// <summary>Per second, since the sample before; null in the first and when a side could not be read.</summary>
/// <param name="Granted">Shares granted, of the whole house.</param>
/// <param name="Settled">Transfers recorded, funds and refunds included.</param>
internal sealed record LiveRates(double? Granted, double? Settled);

/// <summary>Since the beginning.</summary>
internal sealed record LiveTotals(long? Packets, long? Granted, long? GrantedFen, long? Settled);

/// <summary>The grab endpoint of this process, since the sample before.</summary>
/// <param name="PerSecond">Answers; null in the first sample.</param>
/// <param name="Refused">Answers 503, not per second but counted.</param>
internal sealed record LiveGrabs(double? PerSecond, double? P50Ms, double? P99Ms, long Refused);

/// <summary>A fault that somebody stages on purpose, for as long as it lasts.</summary>
internal sealed record StagedFault(
    string Id, [property: JsonConverter(typeof(UtcMilliseconds))] DateTimeOffset StartedAt, [property: JsonConverter(typeof(UtcMilliseconds))] DateTimeOffset EndsAt);

/// <summary>Tells the live numbers of faults that are staged. A host that stages some registers one; the service has none.</summary>
internal sealed record StagedFaults(Func<IReadOnlyList<StagedFault>> Now);

/// <summary>A sample as all streams send it: made into JSON once.</summary>
internal sealed record LiveSample(LiveNumbers Numbers)
{
    public string Json => field ??= JsonSerializer.Serialize(Numbers, OperationsJson.Default.LiveNumbers);
}
