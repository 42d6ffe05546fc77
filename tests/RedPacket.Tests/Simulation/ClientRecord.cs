using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Tests.Simulation;

/// <summary>One use of an Idempotency-Key, and the answer that its sender got.</summary>
/// <param name="Use">The step of its first request.</param>
internal sealed record Sending(long AmountFen, int Count, string Kind, int Step, MadePacket? Told, int Use);

/// <summary>A share that a user got as an answer.</summary>
internal sealed record ToldShare(string Answer, int Step);

/// <summary>
/// The answers that clients of a shard got, and everything done to it that no promise covers.
/// A promise is measured against nothing else.
/// </summary>
/// <param name="sendings">By sender, of all shards.</param>
/// <param name="reached">Takes the situations of this history.</param>
internal sealed class ClientRecord(int shard, Dictionary<int, Sending> sendings, HashSet<string> reached)
{
    // Redis let them go on the word of a ledger that went back to before them. Only their keys still name them.
    private readonly HashSet<string> _forgotten = new(StringComparer.Ordinal);
    private int _lostAfter = int.MaxValue;
    private bool _hasLedgerEverGoneBack;

    /// <summary>By packet and user.</summary>
    public Dictionary<(string PacketId, string UserId), ToldShare> Shares { get; } = [];

    /// <summary>
    /// Shares answered in a part of the history that Redis lost and nobody remembers: the one exception to promise 1.
    /// </summary>
    public List<string> Lost { get; } = [];

    /// <summary>
    /// Lines whose outbox entry the world took away. Only their packet has them, until repair or the gate restores
    /// them.
    /// </summary>
    public HashSet<string> Torn { get; } = new(StringComparer.Ordinal);

    /// <summary>Lines that the world put into the outbox and that no packet yields.</summary>
    public HashSet<string> Poison { get; } = new(StringComparer.Ordinal);

    /// <summary>Of these, the lines that must be in the outbox or parked. Redis lost the rest.</summary>
    public HashSet<string> PoisonDue { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Lines of a run that Redis lost: a gate opened while they were in flight, or Redis forgot them and they came from
    /// an earlier run. Each may still be parked and paid. A fund may still restore its packet.
    /// </summary>
    public HashSet<string> LostRunLines { get; } = new(StringComparer.Ordinal);

    /// <summary>Lines of messages that settlement has acknowledged: the broker no longer has them.</summary>
    public HashSet<string> Taken { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Rows of packets whose fund was lost with Redis and in flight. The ledger has these rows, and no gate can rebuild
    /// a packet from them.
    /// </summary>
    public HashSet<string> Unfunded { get; } = new(StringComparer.Ordinal);

    /// <summary>True from when an opening stopped midway until the gate opens: its packets are half rebuilt.</summary>
    public bool IsHalfRebuilt { get; set; }

    /// <summary>True from when the ledger went back until it has had the time to notice.</summary>
    public bool HasLedgerGoneBack { get; private set; }

    /// <summary>The highest delivery number ever seen in the outbox.</summary>
    public long HighestSeq { get; set; }

    /// <summary>
    /// True for an answer from a part of the history that Redis lost, as long as no gate has opened since.
    /// </summary>
    public bool IsDoubtful(int step) => step > _lostAfter;

    /// <summary>
    /// True for a doubtful share that the ledger does not have. A walk answers for packets that it has compared before it
    /// ends: then the share is lost, and its user may win another one.
    /// </summary>
    public bool IsLost(string packetId, string userId, LedgerImage ledger)
    {
        var share = Shares[(packetId, userId)];
        if (!IsDoubtful(share.Step) || ledger.Rows.Any(row => row.PacketId == packetId && row.UserId == userId))
            return false;
        Lost.Add($"{packetId} {userId} {share.Answer}");
        return Shares.Remove((packetId, userId));
    }

    /// <summary>
    /// The same for a packet that was sent: its key may make another one while an opening compares. The ledger knows the
    /// key by the fund, which may be lost where a share was recorded.
    /// </summary>
    public bool IsLost(Sending sending, LedgerImage ledger) => sending.Told is { } told && IsHere(told.Id) && IsDoubtful(sending.Step)
        && !ledger.Archived.Contains(told.Id) && !ledger.IsFunded(told.Id);

    public void Won(string packetId, string userId, string answer, int step) =>
        Shares.TryAdd((packetId, userId), new ToldShare(answer, step));

    /// <summary>Redis forgot everything after this step.</summary>
    /// <param name="ofEarlierRuns">Lines in flight that the ledger does not hold back until a gate opens.</param>
    public void LostAfter(StoreImage image, LedgerImage ledger, IEnumerable<string> ofEarlierRuns)
    {
        AddLostRunLines(ofEarlierRuns, image);
        // What was settled then, and a ledger that went back has not: the gate puts it into the outbox again.
        Torn.UnionWith(image.Entries.Where(entry => !image.Out.ContainsKey(entry.Key) && !ledger.Has(entry.Value))
            .Select(entry => entry.Key).Where(line => !ledger.HasParked(line)));
        _lostAfter = Math.Min(_lostAfter, image.Step);
        // A ledger that has gone back since may have been the only one to know them then.
        foreach (var ((packetId, userId), share) in _hasLedgerEverGoneBack ? Shares.ToList() : [])
        {
            if (!Knows(image, ledger, packetId, userId, share.Answer))
                Shares[(packetId, userId)] = share with { Step = int.MaxValue };
        }
        PoisonDue.RemoveWhere(line => !image.Out.ContainsKey(line) && !ledger.HasParked(line));
    }

    /// <summary>The gate is open again: each doubtful answer is now either known again or lost.</summary>
    public void GateOpened(StoreImage before, StoreImage store, LedgerImage ledger, IEnumerable<string> inFlight)
    {
        foreach (var ((packetId, userId), share) in Shares.Where(share => IsDoubtful(share.Value.Step)).ToList())
        {
            if (Knows(store, ledger, packetId, userId, share.Answer))
                continue;
            Lost.Add($"{packetId} {userId} {share.Answer}");
            Shares.Remove((packetId, userId));
        }
        var doubtful = sendings.Where(each =>
            each.Value.Told is { } told && IsHere(told.Id) && IsDoubtful(each.Value.Step) && !store.Packets.ContainsKey(told.Id));
        foreach (var (sender, sending) in doubtful.ToList())
        {
            if (!ledger.Archived.Contains(sending.Told!.Id))
                Lost.Add($"{sending.Told.Id} sent by sender{sender}");
            // A repeated request has the same content: another sender may have claimed the key meanwhile.
            sendings[sender] = sending with { Told = null };
        }
        // A share that a restored Redis held, and that the ledger has for another user, has to give way.
        var another = before.Entries.Where(entry => entry.Value.Kind == EntryKind.Grab && ledger.HasAnother(entry.Value));
        AddLostRunLines(inFlight.Concat(another.Select(entry => entry.Key)), store);
        var unknown = ledger.Rows.Where(row => !store.Packets.ContainsKey(row.PacketId) && !ledger.Archived.Contains(row.PacketId));
        Unfunded.UnionWith(unknown.Where(row => !ledger.IsFunded(row.PacketId)).Select(Line));
        _lostAfter = int.MaxValue;
    }

    /// <summary>
    /// The ledger has forgotten its latest transactions. Entries that Redis still has must be in it again in the end.
    /// An entry that both have lost is lost.
    /// </summary>
    public void LedgerWentBack(StoreImage store, LedgerImage ledger)
    {
        HasLedgerGoneBack = _hasLedgerEverGoneBack = true;
        _forgotten.UnionWith(store.Keys.Values.Select(claim => claim.Split(' ')[0])
            .Where(id => !store.Packets.ContainsKey(id) && ledger.Rows.All(row => row.PacketId != id)));
        var gone = store.Entries.Where(entry => !store.Out.ContainsKey(entry.Key) && !ledger.Has(entry.Value));
        Torn.UnionWith(gone.Select(entry => entry.Key).Where(line => !ledger.HasParked(line)));
        PoisonDue.RemoveWhere(line => !store.Out.ContainsKey(line) && !ledger.HasParked(line));
        Taken.RemoveWhere(line => !ledger.HasParked(line) && !ledger.Has(line));
        var forgotten = Shares.Where(share => !Knows(store, ledger, share.Key.PacketId, share.Key.UserId, share.Value.Answer));
        foreach (var ((packetId, userId), share) in forgotten.ToList())
        {
            if (ledger.Rows.Any(row => row.PacketId == packetId && row.UserId == userId && row.Kind == EntryKind.Grab))
                continue;
            Lost.Add($"{packetId} {userId} {share.Answer}");
            Shares.Remove((packetId, userId));
        }
    }

    /// <summary>True for the answer to a send whose packet neither Redis nor the ledger has any more.</summary>
    public bool HasForgotten(CreateOutcome answer) => answer.Claim is { } claim && _forgotten.Contains(claim.PacketId);

    /// <summary>The keeper has seen that the ledger went back. Messages that waited for that may have been parked first.</summary>
    public void LedgerHadTime(LedgerImage ledger)
    {
        if (HasLedgerGoneBack)
            ParkedUnseen.UnionWith(ledger.Parked.Select(row => row.Payload));
        HasLedgerGoneBack = false;
    }

    /// <summary>
    /// Lines that were parked before the keeper saw that the ledger had gone back. They stay in the outbox, and are
    /// recorded when they come again.
    /// </summary>
    public HashSet<string> ParkedUnseen { get; } = new(StringComparer.Ordinal);

    /// <summary>Notes the situations that the end of a history shows.</summary>
    public void Note(StoreImage store, LedgerImage ledger)
    {
        reached.UnionWith(ledger.Parked.Select(row => row.Reason));
        reached.UnionWith(store.Packets.Values.Select(packet => packet.State));
        var paid = ledger.Rows.Count(row => row.Kind == EntryKind.Adjust);
        (int Count, string Name)[] situations =
        [
            (Lost.Count, "lost"), (LostRunLines.Count, "lost run line"), (ledger.Archived.Count, "archived"), (Torn.Count, "torn"),
            (paid, "paid"),
        ];
        reached.UnionWith(situations.Where(each => each.Count > 0).Select(each => each.Name));
    }

    /// <summary>A row as the line it came as. A fund's sender is not in the row.</summary>
    public static string Line(LedgerRow row) => new Entry(row.Kind, row.PacketId, row.Ordinal, row.Kind == EntryKind.Fund
        ? PacketTerms.Parse(row.Terms!).Sender : row.UserId, row.Fen, row.At, row.Kind == EntryKind.Fund ? row.Terms : null).ToString();

    /// <summary>The answers that the store's record of this packet has for its grabs, in this order.</summary>
    public static List<GrabOutcome> Foretell(
        StoreImage store, string packetId, IEnumerable<string> users, long outboxLimit, IReadOnlySet<string> passed)
    {
        if (!store.Packets.TryGetValue(packetId, out var packet))
            return [.. users.Select(_ => new GrabOutcome(GrabStatus.Unknown))];
        var (shares, next, room) = (packet.Shares, (int)packet.Number("next"), outboxLimit - store.Out.Count);
        var granted = packet.All.ToDictionary(
            claim => claim.Key,
            claim => new GrabOutcome(GrabStatus.Again, claim.Value.Ordinal, claim.Value.Fen, claim.Value.At));
        List<GrabOutcome> answers = [];
        foreach (var user in users)
        {
            var word = granted.ContainsKey(user) ? GrabStatus.Again
                : packet.State == "emptied" ? GrabStatus.Emptied
                : packet.State == "expired" ? GrabStatus.Expired
                : next > packet.Terms.Count ? GrabStatus.Emptied
                : passed.Contains(packetId) ? GrabStatus.Expired
                : room < 1 ? GrabStatus.Full : GrabStatus.Won;
            answers.Add(word == GrabStatus.Again ? granted[user]
                : word == GrabStatus.Won ? new GrabOutcome(word, next, shares[next - 1]) : new GrabOutcome(word));
            if (word != GrabStatus.Won)
                continue;
            granted[user] = answers[^1] with { Status = GrabStatus.Again };
            (next, room) = (next + 1, room - 1);
        }
        return answers;
    }

    private bool IsHere(string packetId) => packetId.StartsWith($"{shard}-", StringComparison.Ordinal);

    // Settlement may already have left such a line to its packet, which had it then. Only its later state counts.
    private void AddLostRunLines(IEnumerable<string> inFlight, StoreImage store)
    {
        var late = inFlight.Where(line => !store.Entries.ContainsKey(line) && !Poison.Contains(line)).ToList();
        LostRunLines.UnionWith(late);
        Taken.ExceptWith(late);
    }

    private static bool Knows(StoreImage store, LedgerImage ledger, string packetId, string userId, string answer) =>
        ledger.Archived.Contains(packetId)
        ? ledger.Rows.Any(row => row.PacketId == packetId && row.UserId == userId && row.Kind == EntryKind.Grab
            && new ClaimImage(userId, row.Ordinal, row.Fen, row.At).Answer == answer)
        : store.Packets.GetValueOrDefault(packetId)?.All.GetValueOrDefault(userId)?.Answer == answer;
}
