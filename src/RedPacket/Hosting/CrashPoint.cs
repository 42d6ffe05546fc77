using System.Diagnostics;

namespace RedPacket.Hosting;

/// <summary>
/// The places between two steps at which a process must be able to die without harm, named and raised in the real path. The service itself
/// listens to none of them: then a point costs one check and allocates nothing. The demo can answer one with death, which is what the drill
/// <c>crash-points</c> is about.
/// </summary>
internal static class CrashPoint
{
    /// <summary>The name of the listener that raises them, as DiagnosticSource has it.</summary>
    public const string Source = "RedPacket.CrashPoints";

    /// <summary>An Idempotency-Key is claimed, its packet is not made.</summary>
    public const string KeyClaimed = "key-claimed";

    /// <summary>A packet is made, nobody has been told.</summary>
    public const string PacketMade = "packet-made";

    /// <summary>Grabs are granted, nobody has been told.</summary>
    public const string GrabsGranted = "grabs-granted";

    /// <summary>A chunk was read from the outbox and is about to be sent.</summary>
    public const string Publishing = "publishing";

    /// <summary>A chunk is on its way to the broker, which has not confirmed it.</summary>
    public const string Unconfirmed = "unconfirmed";

    /// <summary>The broker has confirmed a chunk, the relay has not noted it.</summary>
    public const string Confirmed = "confirmed";

    /// <summary>A transaction of the ledger holds its rows, not committed.</summary>
    public const string Committing = "committing";

    /// <summary>The ledger has committed, the entries stand in the outbox.</summary>
    public const string Committed = "committed";

    /// <summary>The entries have left the outbox, the broker still holds their message.</summary>
    public const string Acknowledged = "acknowledged";

    /// <summary>A packet was closed and its refund granted; whoever asked for it does not know.</summary>
    public const string Refunded = "refunded";

    /// <summary>A replay is in the audit trail, nothing was put back.</summary>
    public const string ReplayAudited = "replay-audited";

    /// <summary>A replay has put entries back and has not answered.</summary>
    public const string ReplayPutBack = "replay-put-back";

    /// <summary>A repair is in the audit trail, nothing was put back.</summary>
    public const string RepairAudited = "repair-audited";

    /// <summary>A repair has put back the entries of one packet.</summary>
    public const string RepairPutBack = "repair-put-back";

    /// <summary>A gate's opening has begun: the old run is closed.</summary>
    public const string GateBegun = "gate-begun";

    /// <summary>The ledger takes grants of the new run only, nothing has been compared.</summary>
    public const string GateRunBegun = "gate-run-begun";

    /// <summary>A gate's opening has mended one packet and goes on to the next.</summary>
    public const string GateBetweenPackets = "gate-between-packets";

    /// <summary>A gate's scripts are loaded under a new nonce, the gate is closed.</summary>
    public const string GateScriptsLoaded = "gate-scripts-loaded";

    /// <summary>The gate is open, its opener has done nothing since.</summary>
    public const string GateOpened = "gate-opened";

    /// <summary>A packet is archived in the ledger and still stands in Redis.</summary>
    public const string ArchiveMarked = "archive-marked";

    /// <summary>An archived packet is gone from Redis, its name still stands in the lists.</summary>
    public const string ArchiveDeleted = "archive-deleted";

    private static readonly DiagnosticListener s_points = new(Source);

    /// <summary>All of them, in the order of the data's way.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        KeyClaimed, PacketMade, GrabsGranted, Publishing, Unconfirmed, Confirmed, Committing, Committed, Acknowledged, Refunded, ReplayAudited, ReplayPutBack,
        RepairAudited, RepairPutBack, GateBegun, GateRunBegun, GateBetweenPackets, GateScriptsLoaded, GateOpened, ArchiveMarked, ArchiveDeleted,
    ];

    /// <summary>Raises the point, if somebody listens.</summary>
    public static void Pass(string point)
    {
        if (s_points.IsEnabled(point))
            s_points.Write(point, null);
    }
}
