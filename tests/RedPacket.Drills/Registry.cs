using RedPacket.Drills.Faults;

namespace RedPacket.Drills;

/// <summary>All drills, in the order in which they are listed and run.</summary>
internal static class Registry
{
    public static IReadOnlyList<Drill> All { get; } =
    [
        .. KillDrills.All,
        .. BrokerDrills.All,
        .. LedgerDrills.All,
        .. VanishedDrills.All,
        .. PostgresDrills.All,
        .. WorkerDrills.All,
        .. WaitingDrills.All,
        .. TroubleDrills.All,
        .. RedisDrills.All,
        .. ForgettingDrills.All,
        .. CallerDrills.All,
        .. StopDrills.All,
        .. OrderDrills.All,
        CrashPointDrill.Drill,
    ];

    /// <summary>The drills of these names, <c>all</c> for all of them, a crash point's name for that one alone; null, and the name, when there is none of it.</summary>
    public static (IReadOnlyList<Drill>? Found, string Unknown) Named(IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(name => name != "all" && !CrashPointDrill.Points.Contains(name) && All.All(drill => drill.Name != name)) is { } unknown)
            return (null, unknown);
        return (names.Contains("all") ? All : [.. All.Where(drill => names.Contains(drill.Name)), .. CrashPointDrill.Points.Intersect(names).Select(CrashPointDrill.At)], "");
    }
}
