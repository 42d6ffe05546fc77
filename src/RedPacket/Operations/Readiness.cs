using System.Text.Json.Serialization;

namespace RedPacket.Operations;

/// <summary>How one part stands.</summary>
internal enum PartStatus
{
    Up,

    /// <summary>Works, but somebody should look.</summary>
    Degraded,

    Down,
}

/// <summary>One part of the house, as readiness names it.</summary>
/// <param name="Detail">Why it is not up; null when it is.</param>
internal sealed record Part([property: JsonConverter(typeof(LowerCaseStatus))] PartStatus Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null)
{
    public static readonly Part Up = new(PartStatus.Up);

    public static Part Down(string detail) => new(PartStatus.Down, detail);

    public static Part Degraded(string detail) => new(PartStatus.Degraded, detail);
}

internal sealed class LowerCaseStatus() : JsonStringEnumConverter<PartStatus>(System.Text.Json.JsonNamingPolicy.CamelCase);

/// <summary>The parts as they were found. Null, and left out of the body: not in this process.</summary>
/// <param name="Durability">Whether the store may be trusted with money.</param>
internal sealed record HealthParts(Part Store, Part Durability, Part Gate,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Part? Bus,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Part? Ledger, Part Outbox);

/// <summary>The body of <c>/health/ready</c>. Status is ready, degraded (can work, but not everything does), unready or stopping.</summary>
internal sealed record Readiness(string Status, IReadOnlyList<string> Roles, HealthParts Parts)
{
    [JsonIgnore]
    public bool IsReady => Status is "ready" or "degraded";

    /// <summary>
    /// What each role needs. A process that takes grabs is judged by grabs alone: they need the store and its gate, and nothing behind them, so that a
    /// broker or ledger that is down never takes it out of the balancer.
    /// </summary>
    public static Readiness Judge(ProcessRoles roles, HealthParts parts, bool stopping)
    {
        var needed = roles.Has(ProcessRoles.Grab) ? [parts.Store, parts.Durability, parts.Gate] : Needed(roles, parts);
        Part?[] all = [parts.Store, parts.Durability, parts.Gate, parts.Bus, parts.Ledger, parts.Outbox];
        var status = stopping ? "stopping"
            : needed.Any(part => part?.Status == PartStatus.Down) ? "unready"
            : all.Any(part => part is not null && part.Status != PartStatus.Up) ? "degraded"
            : "ready";
        return new Readiness(status, roles.Names, parts);
    }

    /// <summary>The reconcile role works on a closed gate: opening it is its work.</summary>
    private static List<Part?> Needed(ProcessRoles roles, HealthParts parts)
    {
        List<Part?> needed = [parts.Store, parts.Durability];
        if (roles.Has(ProcessRoles.Relay) || roles.Has(ProcessRoles.Settle))
            needed.Add(parts.Bus);
        if (roles.Has(ProcessRoles.Settle) || roles.Has(ProcessRoles.Reconcile))
            needed.Add(parts.Ledger);
        return needed;
    }
}
