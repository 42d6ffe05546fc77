using System.Text.Json.Serialization;

namespace RedPacket.Operations;

/// <summary>How one part is.</summary>
internal enum PartStatus
{
    Up,

    /// <summary>It works, but needs attention.</summary>
    Degraded,

    Down,
}

/// <summary>One part of the service, as readiness names it.</summary>
/// <param name="Detail">Why it is not up; null when it is.</param>
internal sealed record Part([property: JsonConverter(typeof(LowerCaseStatus))] PartStatus Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null)
{
    public static readonly Part Up = new(PartStatus.Up);

    public static Part Down(string detail) => new(PartStatus.Down, detail);

    public static Part Degraded(string detail) => new(PartStatus.Degraded, detail);
}

internal sealed class LowerCaseStatus() : JsonStringEnumConverter<PartStatus>(System.Text.Json.JsonNamingPolicy.CamelCase);

/// <summary>All parts. A part that this process does not have is null, and left out of the body.</summary>
/// <param name="Durability">Whether the store keeps what it has acknowledged.</param>
/// <param name="Issuer">The issuer of tokens, where the settings name one.</param>
internal sealed record HealthParts(Part Store, Part Durability, Part Gate,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Part? Bus,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Part? Ledger, Part Outbox,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Part? Issuer);

/// <summary>
/// The body of <c>/health/ready</c>. Status is ready, degraded (the process works, but a part needs attention), unready
/// or stopping.
/// </summary>
internal sealed record Readiness(string Status, IReadOnlyList<string> Roles, HealthParts Parts)
{
    [JsonIgnore]
    public bool IsReady => Status is "ready" or "degraded";

    /// <summary>
    /// Judges by what each role needs. A process that takes grabs needs the store, its gate and keys that check tokens,
    /// whatever other roles it has: a broker or ledger that is down never takes it out of the load balancer.
    /// </summary>
    public static Readiness Judge(ProcessRoles roles, HealthParts parts, bool stopping)
    {
        var needed = roles.Has(ProcessRoles.Grab) ? [parts.Store, parts.Durability, parts.Gate, parts.Issuer] : Needed(roles, parts);
        Part?[] all = [parts.Store, parts.Durability, parts.Gate, parts.Bus, parts.Ledger, parts.Outbox, parts.Issuer];
        var status = stopping ? "stopping"
            : needed.Any(part => part?.Status == PartStatus.Down) ? "unready"
            : all.Any(part => part is not null && part.Status != PartStatus.Up) ? "degraded"
            : "ready";
        return new Readiness(status, roles.Names, parts);
    }

    /// <summary>The role reconcile does not need an open gate: it opens the gate.</summary>
    private static List<Part?> Needed(ProcessRoles roles, HealthParts parts)
    {
        List<Part?> needed = [parts.Store, parts.Durability];
        if (roles.Has(ProcessRoles.Relay) || roles.Has(ProcessRoles.Settle) || roles.Has(ProcessRoles.Announce))
            needed.Add(parts.Bus);
        if (roles.Has(ProcessRoles.Settle) || roles.Has(ProcessRoles.Reconcile) || roles.Has(ProcessRoles.Announce))
            needed.Add(parts.Ledger);
        return needed;
    }
}
