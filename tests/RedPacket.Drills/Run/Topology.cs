namespace RedPacket.Drills.Run;

/// <summary>One process of a deployment.</summary>
/// <param name="Roles">The value of <c>RedPacket:Roles</c>: grab, relay, settle, reconcile, announce, separated
/// by commas.</param>
/// <param name="Demo">Runs the demo program instead of the service. It has the same code, and it can die at crash
/// points.</param>
/// <param name="Settings">Settings of this process only.</param>
/// <param name="Dll">Another build of the service.</param>
internal sealed record Member(
    string Roles, bool Demo = false, IReadOnlyDictionary<string, string>? Settings = null, string? Dll = null);

/// <summary>The processes of a drill's deployment, and their settings.</summary>
/// <param name="Fsync">Redis's <c>appendfsync</c>: always or everysec.</param>
/// <param name="Settings">Settings of every process.</param>
/// <param name="Ledger">A connection string; null means a new SQLite file.</param>
/// <param name="Redis">A connection string, when the drill has started the servers; null means a new server.</param>
internal sealed record Topology(
    IReadOnlyList<Member> Members, string Fsync = "always", IReadOnlyDictionary<string, string>? Settings = null, string? Ledger = null,
    string? Redis = null)
{
    private const string AllRoles = "grab,relay,settle,reconcile,announce";

    /// <summary>The usual deployment: one process grabs, one relays and settles, one reconciles.</summary>
    public static Topology Deployed { get; } = new([new Member("grab"), new Member("relay,settle"), new Member("reconcile")]);

    /// <summary>One process for each role, so that a drill can stop each alone.</summary>
    public static Topology OnePerRole { get; } =
        new([new Member("grab"), new Member("relay"), new Member("settle"), new Member("reconcile")]);

    /// <summary>The demo program with all roles in one process.</summary>
    public static Topology OneDemo { get; } = new([new Member(AllRoles, Demo: true)]);

    /// <summary>Adds settings for every process. They override earlier ones.</summary>
    public Topology With(params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>(Settings ?? new Dictionary<string, string>());
        foreach (var (name, value) in settings)
            all[name] = value;
        return this with { Settings = all };
    }
}
