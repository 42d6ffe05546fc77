using System.Globalization;

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

    /// <summary>
    /// Settlement takes a message of the bus, any of them: this is how messages are delayed and reordered.
    /// </summary>
    Deliver,
    DeliverTwice,
    Drop,
    Purge,

    /// <summary>
    /// Settlement records a message and dies before it acknowledges; the broker will deliver it again.
    /// </summary>
    SettlerDiesAfterCommit,

    /// <summary>Settlement dies with all messages that it has in flight and has not recorded.</summary>
    SettlerDies,
    LedgerLocked,
    LedgerGone,
    LedgerBack,

    /// <summary>Some rows fail for a cause that passes.</summary>
    Trouble,
    TroubleEnds,

    /// <summary>Redis comes back without its last writes, under another replication id.</summary>
    LoseWrites,

    /// <summary>Redis loses everything, half of the times after everything has settled.</summary>
    Flush,

    /// <summary>Redis restarts with its data.</summary>
    Restart,

    /// <summary>
    /// The store dies between the packet's write and its outbox entry (the embedded one may): nobody is answered.
    /// </summary>
    TornGrab,

    /// <summary>An outbox entry is lost, for any cause.</summary>
    LoseEntry,

    /// <summary>
    /// The gate's keeper compares and opens, with the lanes drained or with lines of the lost run left in them.
    /// </summary>
    Open,

    /// <summary>A line that no packet yields is in the outbox.</summary>
    Poison,
    Repair,
    Replay,
    Archive,
    Clock,
    Report,

    /// <summary>A second process begins to open a gate and stops at some call. The first goes on.</summary>
    KeeperStops,

    /// <summary>A second process begins to send and stops at some call.</summary>
    SenderStops,

    /// <summary>The process that stopped goes on where it was.</summary>
    SleeperWakes,
    SleeperDies,

    /// <summary>The server of a shard cannot be reached, until it is back.</summary>
    ShardAway,
    ShardBack,

    /// <summary>While a shard is shut or away, all that another has granted is recorded.</summary>
    ServeTheWell,

    LedgerBackup,

    /// <summary>The clock of a process is minutes off, in either direction.</summary>
    ClockOff,

    /// <summary>A packet's record lacks a field for a while.</summary>
    DamagedRecord,

    /// <summary>A message that has no meaning.</summary>
    MalformedMessage,

    /// <summary>A sender stops as with <see cref="SenderStops"/>, and sleeps while Redis loses what it had.</summary>
    SenderSleepsOn,

    /// <summary>A replica that lagged takes over in the midst of an opening.</summary>
    PromotedInOpening,

    /// <summary>Operators end every parked entry.</summary>
    ParkedEnded,

    /// <summary>A backup of the ledger is put in its place, as another file.</summary>
    LedgerRestored,

    /// <summary>A backup of the ledger is put into the same file.</summary>
    LedgerRestoredInPlace,

    /// <summary>A message with another line under a true delivery number.</summary>
    ForgedMessage,
}

/// <summary>
/// One step of a history. The numbers choose among what there is at that moment, so any part of a history is a history.
/// </summary>
/// <param name="C">Chooses the shard, or the process.</param>
internal readonly record struct Command(Move Move, int A, int B, int C)
{
    private static readonly (Move Move, int Weight)[] s_onOneShard =
    [
        (Move.Send, 10), (Move.SendOther, 1), (Move.Grab, 26), (Move.GrabTogether, 5), (Move.PassTime, 3), (Move.CloseDue, 4),
        (Move.Relay, 22), (Move.RelayUnsure, 3), (Move.RelayDies, 2),
        (Move.Deliver, 22), (Move.DeliverTwice, 3), (Move.Drop, 3), (Move.Purge, 1),
        (Move.SettlerDiesAfterCommit, 3), (Move.SettlerDies, 1), (Move.LedgerLocked, 1), (Move.LedgerGone, 1), (Move.LedgerBack, 4),
        (Move.Trouble, 2), (Move.TroubleEnds, 2),
        (Move.LoseWrites, 4), (Move.Flush, 1), (Move.Restart, 1), (Move.TornGrab, 1), (Move.LoseEntry, 2),
        (Move.Open, 9), (Move.Poison, 2), (Move.Repair, 3), (Move.Replay, 2), (Move.Archive, 4), (Move.Clock, 6), (Move.Report, 4),
    ];

    private static readonly (Move Move, int Weight)[] s_onShards =
    [
        .. s_onOneShard, (Move.LoseWrites, 3), (Move.Open, 3), (Move.ShardAway, 2), (Move.ShardBack, 3), (Move.ServeTheWell, 3),
        (Move.KeeperStops, 4), (Move.SenderStops, 3), (Move.SleeperWakes, 4), (Move.SleeperDies, 1), (Move.LedgerBackup, 2),
        (Move.ClockOff, 2), (Move.DamagedRecord, 2), (Move.MalformedMessage, 1), (Move.SenderSleepsOn, 2),
        (Move.PromotedInOpening, 4), (Move.LedgerRestored, 2), (Move.LedgerRestoredInPlace, 2), (Move.ParkedEnded, 1),
        (Move.ForgedMessage, 2),
    ];

    /// <summary>
    /// The history of a seed: 20 to 60 commands, after a first send. Those of one shard are drawn as they were before
    /// there were others, so that kept seeds stay what they were.
    /// </summary>
    public static Command[] History(int seed, int shards)
    {
        if (Environment.GetEnvironmentVariable("SIMULATION_HISTORY") is { } text)
            return Read(text);
        var random = new Random(seed);
        var first = new Command(Move.Send, 0, random.Next(100), 0);
        return [first, .. Enumerable.Range(0, random.Next(20, 61)).Select(_ => Draw(random, shards))];
    }

    public override string ToString() => C == 0 ? $"{Move}({A},{B})" : $"{Move}({A},{B},{C})";

    /// <summary>Commands as <see cref="ToString"/> writes them, with spaces between.</summary>
    public static Command[] Read(string text) => [.. text.Split(' ').Select(ReadOne)];

    private static Command ReadOne(string text)
    {
        var parts = text.TrimEnd(')').Split('(', ',');
        int Number(int part) => part < parts.Length ? int.Parse(parts[part], CultureInfo.InvariantCulture) : 0;
        return new Command(Enum.Parse<Move>(parts[0]), Number(1), Number(2), Number(3));
    }

    private static Command Draw(Random random, int shards)
    {
        var weights = shards == 1 ? s_onOneShard : s_onShards;
        var point = random.Next(weights.Sum(each => each.Weight));
        foreach (var (move, weight) in weights)
        {
            if (point < weight)
                return new Command(move, random.Next(100), random.Next(100), shards == 1 ? 0 : random.Next(100));
            point -= weight;
        }
        throw new InvalidOperationException("The point lies beyond all weights.");
    }
}
