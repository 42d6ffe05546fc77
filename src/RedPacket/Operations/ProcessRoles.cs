using RedPacket.Hosting;

namespace RedPacket.Operations;

/// <summary>The roles of this process, by <c>RedPacket:Roles</c>. By default it has all.</summary>
internal sealed class ProcessRoles(IConfiguration configuration)
{
    public const string Grab = "grab";
    public const string Relay = "relay";
    public const string Settle = "settle";
    public const string Reconcile = "reconcile";
    public const string Announce = "announce";

    /// <summary>The addresses that a role serves, each with all below it. Every process serves the rest.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Calls = new Dictionary<string, string[]>
    {
        [Grab] = ["/api/v1/packets"],
        [Reconcile] =
        [
            "/api/v1/consistency", "/api/v1/house", "/api/v1/parked", "/api/v1/subscribers", "/api/v1/transfers", "/api/v1/wallets",
        ],
    };

    private const StringSplitOptions Neat = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private static readonly string[] s_all = [Grab, Relay, Settle, Reconcile, Announce];
    private readonly string[]? _named = Read(configuration["RedPacket:Roles"]);

    public IReadOnlyList<string> Names => _named ?? s_all;

    /// <summary>The remedy when the setting names no roles; else null. The process does not start then.</summary>
    public string? Mistake => _named is null && configuration["RedPacket:Roles"] is { } setting
        ? $"RedPacket:Roles is {StartError.Quoted(setting)}: name one or more of {string.Join(", ", s_all)}, separated by commas."
        : null;

    public bool Has(string role) => Names.Contains(role);

    private static string[]? Read(string? setting)
    {
        var names = (setting ?? "").ToLowerInvariant().Split(',', Neat);
        return names.Length > 0 && names.All(name => s_all.Contains(name)) ? names : null;
    }
}

/// <summary>Section <c>RedPacket</c>.</summary>
[Section("RedPacket")]
internal sealed class ProcessOptions
{
    /// <summary>The roles of this process, with commas.</summary>
    public string? Roles { get; set; }

    /// <summary>
    /// True when the calls of the subscribers answer at this address too, for example because a proxy sends them there. Pages
    /// then show a user's news.
    /// </summary>
    public bool Subscribers { get; set; }
}
