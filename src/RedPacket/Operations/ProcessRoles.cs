namespace RedPacket.Operations;

/// <summary>What this process does, by <c>RedPacket:Roles</c>; all when nothing is said.</summary>
internal sealed class ProcessRoles(IConfiguration configuration)
{
    public const string Grab = "grab";
    public const string Relay = "relay";
    public const string Settle = "settle";
    public const string Reconcile = "reconcile";

    private const StringSplitOptions Neat = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    public IReadOnlyList<string> Names { get; } = (configuration["RedPacket:Roles"] ?? $"{Grab},{Relay},{Settle},{Reconcile}").ToLowerInvariant().Split(',', Neat);

    public bool Has(string role) => Names.Contains(role);
}
