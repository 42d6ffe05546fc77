namespace RedPacket.Tests.Simulation;

/// <summary>The events of the simulated world.</summary>
internal enum Move
{
    /// <summary>A sender sends, or sends the same once more.</summary>
    Send,

    /// <summary>A known Idempotency-Key, with another content.</summary>
    SendOther,
    Grab,

    /// <summary>Several users in one call, one of them twice.</summary>
    GrabTogether,

    /// <summary>A packet's time comes (see <see cref="SimulatedStore.PassTime"/>).</summary>
    PassTime,
    CloseDue,

    /// <summary>One turn of one of two relays.</summary>
    Relay,

    /// <summary>A turn whose sends are not confirmed: they arrive, or do not, or fail for certain.</summary>
    RelayUnsure,
    RelayDies,

    /// <summary>Settlement takes a message of the bus, any of them: this is how messages are delayed and reordered.</summary>
    Deliver,
    DeliverTwice,
    Drop,
    Purge,

    /// <summary>Settlement records a message and dies before it acknowledges; the broker will deliver it again.</summary>
    SettlerDiesAfterCommit,

    /// <summary>Settlement dies with all messages that it has in flight and has not recorded.</summary>
    SettlerDies,
    LedgerLocked,
    LedgerGone,
    LedgerBack,

    /// <summary>Some rows fail for a cause that passes.</summary>
    Trouble,
    TroubleEnds,

    /// <summary>Redis comes back without its last writes, and without its scripts.</summary>
    LoseWrites,

    /// <summary>Redis loses everything, half of the times after everything has settled.</summary>
    Flush,

    /// <summary>Redis restarts with its data, without its scripts.</summary>
    Restart,

    /// <summary>The store dies between the packet's write and its outbox entry (the embedded one may): nobody is answered.</summary>
    TornGrab,

    /// <summary>An outbox entry is lost, for any cause.</summary>
    LoseEntry,

    /// <summary>The gate's keeper compares and opens, with the lanes drained or with lines of the lost run left in them.</summary>
    Open,

    /// <summary>A line that no packet yields is in the outbox.</summary>
    Poison,
    Repair,
    Replay,
    Archive,
    Clock,
    Report,
}

/// <summary>
/// One step of a history. The numbers choose among what there is at that moment, so any part of a history is a history.
/// </summary>
internal readonly record struct Command(Move Move, int A, int B)
{
    private static readonly (Move Move, int Weight)[] s_weights =
    [
        (Move.Send, 10), (Move.SendOther, 1), (Move.Grab, 26), (Move.GrabTogether, 5), (Move.PassTime, 3), (Move.CloseDue, 4),
        (Move.Relay, 22), (Move.RelayUnsure, 3), (Move.RelayDies, 2),
        (Move.Deliver, 22), (Move.DeliverTwice, 3), (Move.Drop, 3), (Move.Purge, 1),
        (Move.SettlerDiesAfterCommit, 3), (Move.SettlerDies, 1), (Move.LedgerLocked, 1), (Move.LedgerGone, 1), (Move.LedgerBack, 4),
        (Move.Trouble, 2), (Move.TroubleEnds, 2),
        (Move.LoseWrites, 4), (Move.Flush, 1), (Move.Restart, 1), (Move.TornGrab, 1), (Move.LoseEntry, 2),
        (Move.Open, 9), (Move.Poison, 2), (Move.Repair, 3), (Move.Replay, 2), (Move.Archive, 4), (Move.Clock, 6), (Move.Report, 4),
    ];

    /// <summary>The history of a seed: 20 to 60 commands, after a first send.</summary>
    public static Command[] History(int seed)
    {
        var random = new Random(seed);
        return [new Command(Move.Send, 0, random.Next(100)), .. Enumerable.Range(0, random.Next(20, 61)).Select(_ => Draw(random))];
    }

    public override string ToString() => $"{Move}({A},{B})";

    private static Command Draw(Random random)
    {
        var point = random.Next(s_weights.Sum(each => each.Weight));
        foreach (var (move, weight) in s_weights)
        {
            if (point < weight)
                return new Command(move, random.Next(100), random.Next(100));
            point -= weight;
        }
        throw new InvalidOperationException("The point lies beyond all weights.");
    }
}
