using RedPacket.Hosting;

namespace RedPacket.Operations;

/// <summary>The roles of this process, by <c>RedPacket:Roles</c>. By default it has all.</summary>
internal sealed class ProcessRoles(IConfiguration configuration)
{
    public const string Grab = "grab";
    public const string Relay = "relay";
    public const string Settle = "settle";
    public const string Reconcile = "reconcile";

    /// <summary>The addresses that a role serves, each with all below it. Every process serves the rest.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Calls = new Dictionary<string, string[]>
    {
        [Grab] = ["/api/v1/packets"],
        [Reconcile] = ["/api/v1/consistency", "/api/v1/parked", "/api/v1/wallets"],
    };

    private const StringSplitOptions Neat = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    public IReadOnlyList<string> Names { get; } = Read(configuration["RedPacket:Roles"] ?? $"{Grab},{Relay},{Settle},{Reconcile}");

    public bool Has(string role) => Names.Contains(role);

    private static string[] Read(string setting)
    {
        var names = setting.ToLowerInvariant().Split(',', Neat);
        return names.Length > 0 && names.All(name => name is Grab or Relay or Settle or Reconcile)
            ? names
            : throw new SettingException(
                $"RedPacket:Roles is '{setting}': name one or more of {Grab}, {Relay}, {Settle}, {Reconcile}, separated by commas.");
    }
}
