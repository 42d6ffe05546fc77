using RedPacket.Drills.Faults;

namespace RedPacket.Drills.Run;

/// <summary>All drills, in the order of the list and of the runs.</summary>
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
        .. RedisClusterDrills.All,
        .. ReplicaDrills.All,
        .. WalkDrills.All,
        .. ForgettingDrills.All,
        .. CallerDrills.All,
        .. StopDrills.All,
        .. OrderDrills.All,
        .. HouseDrills.All,
        .. SubscriberDrills.All,
        .. ViewerDrills.All,
        CrashPointDrill.Drill,
    ];

    /// <summary>
    /// Finds drills by name. <c>all</c> means all of them, and a crash point's name that one alone. Returns null and
    /// the unknown name if any.
    /// </summary>
    public static (IReadOnlyList<Drill>? Found, string Unknown) Named(IReadOnlyList<string> names)
    {
        if (names.Except(["all", .. CrashPointDrill.Points, .. All.Select(drill => drill.Name)]).FirstOrDefault() is { } unknown)
            return (null, unknown);
        if (names.Contains("all"))
            return (All, "");
        var points = CrashPointDrill.Points.Intersect(names).Select(CrashPointDrill.At);
        return ([.. All.Where(drill => names.Contains(drill.Name)), .. points], "");
    }
}
