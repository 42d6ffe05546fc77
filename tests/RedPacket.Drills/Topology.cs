namespace RedPacket.Drills;

/// <summary>One process of a deployment.</summary>
/// <param name="Roles">As <c>RedPacket:Roles</c> has it: one or more of grab, relay, settle, reconcile, parted by commas.</param>
/// <param name="Demo">The demo program instead of the service: the same code on the same servers, and it can die at crash points.</param>
/// <param name="Settings">What is set for this process only.</param>
internal sealed record Member(string Roles, bool Demo = false, IReadOnlyDictionary<string, string>? Settings = null);

/// <summary>Which processes a drill's deployment has, and how its parts are set.</summary>
/// <param name="Fsync">Redis's <c>appendfsync</c>: always or everysec.</param>
/// <param name="Settings">What is set for every process.</param>
/// <param name="Ledger">A connection string; a SQLite file of the deployment's own when null.</param>
internal sealed record Topology(IReadOnlyList<Member> Members, string Fsync = "always", IReadOnlyDictionary<string, string>? Settings = null, string? Ledger = null)
{
    private const string AllRoles = "grab,relay,settle,reconcile";

    /// <summary>As it is deployed: one process grabs, one relays and settles, one reconciles.</summary>
    public static Topology Deployed { get; } = new([new Member("grab"), new Member("relay,settle"), new Member("reconcile")]);

    /// <summary>A process for each role, so that each can be taken away alone.</summary>
    public static Topology Apart { get; } = new([new Member("grab"), new Member("relay"), new Member("settle"), new Member("reconcile")]);

    /// <summary>The demo program with all roles in one process.</summary>
    public static Topology OneDemo { get; } = new([new Member(AllRoles, Demo: true)]);

    /// <summary>With these settings for every process, over those it has.</summary>
    public Topology With(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>(Settings ?? new Dictionary<string, string>());
        foreach (var (name, value) in settings)
            all[name] = value;
        return this with { Settings = all };
    }
}
