using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Operations;

/// <summary>
/// One second of the service. No value names a packet or a user. Null: not read, or not measured by this process.
/// </summary>
/// <param name="Outbox">Entries that the ledger does not have yet.</param>
/// <param name="Queue">Entries that the relay in this process has sent and the ledger has not recorded; null without a
/// relay here.</param>
/// <param name="LagMs">The age of the oldest entry in the outbox.</param>
/// <param name="Verdict">
/// That of the last report, unless this sample contradicts it: INCONSISTENT while entries are parked, CONVERGING while
/// entries are in flight or a side cannot be read. Null before the first report, and in a process that knows of none.
/// </param>
internal sealed record LiveNumbers(
    DateTimeOffset At, LiveRates Rates, LiveTotals Totals, long? Outbox, long? Queue, long? LagMs, string? Verdict)
{
    /// <summary>Null in a process without the grab role.</summary>
    public LiveGrabs? Grabs { get; init; }

    /// <summary>Entries of the outbox that the relay of this process sends by the slow lane.</summary>
    public long? Slow { get; init; }

    /// <summary>Pending parked entries.</summary>
    public long? Parked { get; init; }

    /// <summary>open, or closed when the gate of any shard is shut.</summary>
    public string? Gate { get; init; }

    /// <summary>up or down.</summary>
    public string? Store { get; init; }

    /// <summary>up or down, as relay and settlement of this process see it.</summary>
    public string? Bus { get; init; }

    /// <summary>up or down: whether it can be written, or read in a process that does not write.</summary>
    public string? Ledger { get; init; }

    /// <summary>Cores that this process used since the sample before.</summary>
    public double? Cpu { get; init; }

    /// <summary>For how long the verdict has been CONSISTENT; null when it is not.</summary>
    public long? ConsistentForMs { get; init; }

    /// <summary>For how long it has not been CONSISTENT; null when it is.</summary>
    public long? ConvergingForMs { get; init; }

    /// <summary>In the demo only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StagedFault>? Faults { get; init; }
}

/// <summary>Per second, since the sample before; null in the first and when a side could not be read.</summary>
/// <param name="Granted">Shares granted, over all processes.</param>
/// <param name="Settled">Transfers recorded, funds and refunds included.</param>
internal sealed record LiveRates(double? Granted, double? Settled);

/// <summary>Since the beginning.</summary>
internal sealed record LiveTotals(long? Packets, long? Granted, long? GrantedFen, long? Settled);

/// <summary>The grab endpoint of this process, since the sample before.</summary>
/// <param name="PerSecond">Answers; null in the first sample.</param>
/// <param name="Refused">Answers 503: their number, not a rate.</param>
internal sealed record LiveGrabs(double? PerSecond, double? P50Ms, double? P99Ms, long Refused);

/// <summary>A fault that an operator of the demo has started on purpose.</summary>
internal sealed record StagedFault(string Id, DateTimeOffset StartedAt, DateTimeOffset EndsAt);

/// <summary>The faults that are active now. A host that can start faults (the demo) registers one of these.</summary>
internal sealed record StagedFaults(Func<IReadOnlyList<StagedFault>> Now);

/// <summary>A sample as all streams send it: its JSON is made once.</summary>
internal sealed record LiveSample(LiveNumbers Numbers)
{
    public string Json => field ??= JsonSerializer.Serialize(Numbers, OperationsJson.Readable.LiveNumbers);
}
