using System.Text.Json.Serialization;

namespace RedPacket.Operations;

/// <summary>One second of the house, in sums only. What could not be read is null.</summary>
/// <param name="Outbox">Entries that the ledger does not have yet.</param>
/// <param name="Queue">Entries that the relay in this process has sent and the ledger has not recorded; null without a relay here.</param>
/// <param name="LagMs">How long the oldest entry has been on its way.</param>
/// <param name="Verdict">CONVERGING while anything is on its way and nothing is known to be wrong, else that of the last report; null before the first.</param>
internal sealed record LiveNumbers(
    [property: JsonConverter(typeof(UtcMilliseconds))] DateTimeOffset At, LiveRates Rates, LiveTotals Totals, long? Outbox, long? Queue, long? LagMs, string? Verdict);

/// <summary>Per second, since the sample before; null in a listener's first second and when a side could not be read.</summary>
/// <param name="Granted">Shares granted, of the whole house.</param>
/// <param name="Settled">Transfers recorded, funds and refunds included.</param>
internal sealed record LiveRates(double? Granted, double? Settled);

/// <summary>Since the beginning.</summary>
internal sealed record LiveTotals(long? Packets, long? Granted, long? GrantedFen, long? Settled);
