using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Tests.Simulation;

/// <summary>What one Idempotency-Key was used for, and what its sender was told.</summary>
internal sealed record Sending(long AmountFen, int Count, string Kind, int Step, MadePacket? Told);

/// <summary>A share that a user was told of.</summary>
internal sealed record ToldShare(string Answer, int Step);

/// <summary>
/// What the world's clients were told, and what was done to the world that no promise covers: all that a promise may be measured against.
/// </summary>
internal sealed class ClientRecord
{
    private int _lostAfter = int.MaxValue;

    /// <summary>By sender.</summary>
    public Dictionary<int, Sending> Sendings { get; } = [];

    /// <summary>By packet and user.</summary>
    public Dictionary<(string PacketId, string UserId), ToldShare> Shares { get; } = [];

    /// <summary>Shares that were told of in what Redis lost, and that nobody remembers: promise 1's one exception.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>Lines whose outbox entry the world took away: nothing but their packet has them, until repair or the gate puts them back.</summary>
    public HashSet<string> Torn { get; } = new(StringComparer.Ordinal);

    /// <summary>Lines that the world put into the outbox and that no packet yields.</summary>
    public HashSet<string> Poison { get; } = new(StringComparer.Ordinal);

    /// <summary>Of these, those that must be in the outbox or parked: the rest was in what Redis lost.</summary>
    public HashSet<string> PoisonDue { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Lines that were still on their way when a gate opened without them, or when Redis forgot them and they came from an earlier run already: each may yet be
    /// parked, to be made good; a fund may yet bring its packet back.
    /// </summary>
    public HashSet<string> Stragglers { get; } = new(StringComparer.Ordinal);

    /// <summary>Lines of messages that settlement is done with: the broker has them no more.</summary>
    public HashSet<string> Taken { get; } = new(StringComparer.Ordinal);

    /// <summary>Rows of packets whose fund was lost with Redis and on its way: the ledger has them, and no gate can make a packet of them.</summary>
    public HashSet<string> Unfunded { get; } = new(StringComparer.Ordinal);

    /// <summary>What has happened in the world, in words: that a promise held says little where nothing spoke against it.</summary>
    public HashSet<string> Reached { get; } = new(StringComparer.Ordinal);

    /// <summary>The highest delivery number ever seen in the outbox.</summary>
    public long HighestSeq { get; set; }

    /// <summary>True for what was told of in what Redis lost, as long as no gate has opened since.</summary>
    public bool IsDoubtful(int step) => step > _lostAfter;

    public void Won(string packetId, string userId, string answer, int step) => Shares.TryAdd((packetId, userId), new ToldShare(answer, step));

    /// <summary>Redis forgot everything after this step.</summary>
    /// <param name="ofEarlierRuns">Lines on their way that the ledger does not wait with until a gate opens.</param>
    public void LostAfter(StoreImage image, LedgerImage ledger, IEnumerable<string> ofEarlierRuns)
    {
        Straggle(ofEarlierRuns, image);
        _lostAfter = Math.Min(_lostAfter, image.Step);
        PoisonDue.RemoveWhere(line => !image.Out.ContainsKey(line) && !ledger.HasParked(line));
    }

    /// <summary>The gate is open again: what was doubtful is either known again or lost.</summary>
    public void GateOpened(StoreImage before, StoreImage store, LedgerImage ledger, IEnumerable<string> onTheirWay)
    {
        foreach (var ((packetId, userId), share) in Shares.Where(share => IsDoubtful(share.Value.Step)).ToList())
        {
            if (Knows(store, ledger, packetId, userId, share.Answer))
                continue;
            Lost.Add($"{packetId} {userId} {share.Answer}");
            Shares.Remove((packetId, userId));
        }
        foreach (var (sender, sending) in Sendings.Where(each => each.Value.Told is { } told && IsDoubtful(each.Value.Step) && !store.Packets.ContainsKey(told.Id)).ToList())
        {
            if (!ledger.Archived.Contains(sending.Told!.Id))
                Lost.Add($"{sending.Told.Id} sent by sender{sender}");
            // Whoever asks again asks the same: their key may have been claimed anew meanwhile.
            Sendings[sender] = sending with { Told = null };
        }
        // What a restored Redis held, and the ledger has for somebody else, has to give way.
        Straggle(onTheirWay.Concat(before.Entries.Where(entry => entry.Value.Kind == EntryKind.Grab && ledger.HasAnother(entry.Value)).Select(entry => entry.Key)), store);
        Unfunded.UnionWith(ledger.Rows.Where(row => !store.Packets.ContainsKey(row.PacketId) && !ledger.Archived.Contains(row.PacketId) && !ledger.IsFunded(row.PacketId)).Select(Line));
        _lostAfter = int.MaxValue;
    }

    /// <summary>Notes what the end of a history shows of its way.</summary>
    public void Note(StoreImage store, LedgerImage ledger)
    {
        Reached.UnionWith(ledger.Parked.Select(row => row.Reason));
        Reached.UnionWith(store.Packets.Values.Select(packet => packet.State));
        var madeGood = ledger.Rows.Count(row => row.Kind == EntryKind.Adjust);
        Reached.UnionWith(new[] { (Lost.Count, "lost"), (Stragglers.Count, "straggler"), (ledger.Archived.Count, "archived"), (Torn.Count, "torn"), (madeGood, "made good") }
            .Where(each => each.Item1 > 0).Select(each => each.Item2));
    }

    /// <summary>A row as the line it came as; a fund's sender is not in the row.</summary>
    public static string Line(LedgerRow row) => new Entry(row.Kind, row.PacketId, row.Ordinal, row.Kind == EntryKind.Fund
        ? PacketTerms.Parse(row.Terms!).Sender : row.UserId, row.Fen, row.At, row.Kind == EntryKind.Fund ? row.Terms : null).ToString();

    /// <summary>The answer that the store's record of this packet has for its grabs, in this order.</summary>
    public static List<GrabOutcome> Foretell(StoreImage store, string packetId, IEnumerable<string> users, long outboxLimit, IReadOnlySet<string> passed)
    {
        if (!store.Packets.TryGetValue(packetId, out var packet))
            return [.. users.Select(_ => new GrabOutcome(GrabStatus.Unknown))];
        var (shares, next, room) = (packet.Shares, (int)packet.Number("next"), outboxLimit - store.Out.Count);
        var dealt = packet.All.ToDictionary(claim => claim.Key, claim => new GrabOutcome(GrabStatus.Again, claim.Value.Ordinal, claim.Value.Fen, claim.Value.At));
        List<GrabOutcome> answers = [];
        foreach (var user in users)
        {
            var word = dealt.ContainsKey(user) ? GrabStatus.Again
                : packet.State == "emptied" ? GrabStatus.Emptied
                : packet.State == "expired" ? GrabStatus.Expired
                : next > packet.Terms.Count ? GrabStatus.Emptied
                : passed.Contains(packetId) ? GrabStatus.Expired
                : room < 1 ? GrabStatus.Full : GrabStatus.Won;
            answers.Add(word == GrabStatus.Again ? dealt[user] : word == GrabStatus.Won ? new GrabOutcome(word, next, shares[next - 1]) : new GrabOutcome(word));
            if (word != GrabStatus.Won)
                continue;
            dealt[user] = answers[^1] with { Word = GrabStatus.Again };
            (next, room) = (next + 1, room - 1);
        }
        return answers;
    }

    // Settlement may have left such a line to its packet before, which then stood by it: what counts is what becomes of it from now on.
    private void Straggle(IEnumerable<string> onTheirWay, StoreImage store)
    {
        var late = onTheirWay.Where(line => !store.Entries.ContainsKey(line) && !Poison.Contains(line)).ToList();
        Stragglers.UnionWith(late);
        Taken.ExceptWith(late);
    }

    private static bool Knows(StoreImage store, LedgerImage ledger, string packetId, string userId, string answer) => ledger.Archived.Contains(packetId)
        ? ledger.Rows.Any(row => row.PacketId == packetId && row.UserId == userId && row.Kind == EntryKind.Grab
            && new ClaimImage(userId, row.Ordinal, row.Fen, row.At).Answer == answer)
        : store.Packets.GetValueOrDefault(packetId)?.All.GetValueOrDefault(userId)?.Answer == answer;
}
