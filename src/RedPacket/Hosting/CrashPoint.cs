using System.Diagnostics;

namespace RedPacket.Hosting;

/// <summary>
/// The places between two steps at which a process may die without harm, raised by name in the real path. The service
/// listens to none of them: a point then costs one check and allocates nothing. The demo can end the process at one,
/// and the drill <c>crash-points</c> does.
/// </summary>
internal static class CrashPoint
{
    /// <summary>The name of the listener that raises them, as DiagnosticSource has it.</summary>
    public const string Source = "RedPacket.CrashPoints";

    /// <summary>A packet is created, and its sender has no answer yet.</summary>
    public const string PacketMade = "packet-made";

    /// <summary>Shares are granted, and their users have no answer yet.</summary>
    public const string GrabsGranted = "grabs-granted";

    /// <summary>A chunk is read from the outbox, and is not sent yet.</summary>
    public const string Publishing = "publishing";

    /// <summary>A chunk is sent, and the broker has not confirmed it yet.</summary>
    public const string Unconfirmed = "unconfirmed";

    /// <summary>The broker has confirmed a chunk, and the relay has not noted it yet.</summary>
    public const string Confirmed = "confirmed";

    /// <summary>A transaction of the ledger holds its rows, and is not committed yet.</summary>
    public const string Committing = "committing";

    /// <summary>The ledger has committed, and the entries are still in the outbox.</summary>
    public const string Committed = "committed";

    /// <summary>The entries have left the outbox, and the broker still holds their message.</summary>
    public const string Acknowledged = "acknowledged";

    /// <summary>A packet is closed and its refund granted, and its closer does not know yet.</summary>
    public const string Refunded = "refunded";

    /// <summary>Transfers are read to be announced, and are not published yet.</summary>
    public const string Announcing = "announcing";

    /// <summary>The broker has confirmed an announcement or returned it, and the position is not saved yet.</summary>
    public const string Announced = "announced";

    /// <summary>A replay is in the audit trail, and nothing is put back yet.</summary>
    public const string ReplayAudited = "replay-audited";

    /// <summary>A replay has put entries back, and has not answered yet.</summary>
    public const string ReplayPutBack = "replay-put-back";

    /// <summary>A repair is in the audit trail, and nothing is put back yet.</summary>
    public const string RepairAudited = "repair-audited";

    /// <summary>A repair has put back the entries of one packet.</summary>
    public const string RepairPutBack = "repair-put-back";

    /// <summary>An opening of a gate has ended the old run.</summary>
    public const string GateBegun = "gate-begun";

    /// <summary>The ledger accepts grants of the new run only, and the gate is not open yet.</summary>
    public const string GateRunBegun = "gate-run-begun";

    /// <summary>A walk has compared one packet and goes on to the next.</summary>
    public const string GateBetweenPackets = "gate-between-packets";

    /// <summary>The gate is open, and its opener has done nothing since.</summary>
    public const string GateOpened = "gate-opened";

    /// <summary>A packet is archived in the ledger, and is still in Redis.</summary>
    public const string ArchiveMarked = "archive-marked";

    /// <summary>An archived packet is deleted from Redis, and its archiver does not know yet.</summary>
    public const string ArchiveDeleted = "archive-deleted";

    /// <summary>The ledger's row has a higher number of shards, and no shard was told.</summary>
    public const string RaiseBegun = "raise-begun";

    /// <summary>Every shard in force knows the higher number, and no new shard is open.</summary>
    public const string RaiseTold = "raise-told";

    /// <summary>The new shards are open.</summary>
    public const string RaiseOpened = "raise-opened";

    private static readonly DiagnosticListener s_points = new(Source);

    /// <summary>All of them, in the order of the data's way.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        PacketMade, GrabsGranted, Publishing, Unconfirmed, Confirmed, Committing, Committed, Acknowledged, Refunded,
        Announcing, Announced, ReplayAudited, ReplayPutBack, RepairAudited, RepairPutBack, GateBegun, GateRunBegun,
        GateBetweenPackets, GateOpened,
        ArchiveMarked, ArchiveDeleted, RaiseBegun, RaiseTold, RaiseOpened,
    ];

    /// <summary>Raises the point, if somebody listens.</summary>
    public static void Pass(string point)
    {
        if (s_points.IsEnabled(point))
            s_points.Write(point, null);
    }
}
