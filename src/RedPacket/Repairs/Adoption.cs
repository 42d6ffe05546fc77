using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Repairs;

/// <summary>
/// Takes parked entries of a lost run back into Redis, which had forgotten them (PROTOCOL 5.4). The ledger then records
/// them from the outbox. One script decides each entry and changes everything: the packet, its key, the outbox.
/// </summary>
internal sealed class Adoption(
    ScriptRunner scripts, SplitSeeds seeds, SentKeys keys, KeyHomes homes, ComparedShards compared, ShardGate gate, LedgerReader ledger,
    Journal journal, AuditTrail audits, ILogger<Adoption> logger)
{
    private const string WhyKeyTaken =
        "It comes from an earlier run of Redis, which has forgotten it. Its Idempotency-Key has made another packet since.";

    private const string WhyRefused =
        "It comes from an earlier run of Redis, which has forgotten it. No packet can be made of it, or Redis has it with another content.";

    private const string WhyForeign =
        "It names a packet of another shard, which no relay does. The lost run of this shard explains nothing of another.";

    // The scripts decide only, or change too.
    private const string Look = "look";
    private const string Take = "take";

    // Answers of the scripts that this class acts on.
    private const string Free = "free";
    private const string Taken = "taken";
    private const string Gone = "gone";
    private const string UnknownPacket = "unknown";

    /// <summary>
    /// Takes back what it can of the entries that one shard has parked. Returns those that no packet can have any more.
    /// The others wait: for the walk, for the ledger, or for a person.
    /// </summary>
    public async Task<IReadOnlyList<ParkedEntry>> Run(
        int shard, IReadOnlyList<ParkedEntry> rows, Actor actor, ShardsAway away, CancellationToken cancellation)
    {
        List<ParkedEntry> gone = [];
        List<Due> due = [];
        List<Due> foreign = [];
        foreach (var row in rows)
        {
            if (!Entry.TryParse(row.Payload, out var entry))
                continue;
            if (PacketId.TryParse(entry!.PacketId, out var home) && home == shard)
                due.Add(new Due(row, entry));
            else
                foreign.Add(new Due(row, entry));
        }
        await SetAside([.. foreign], ParkReason.Refused, WhyForeign, cancellation);
        await away.Ask(shard, async () =>
        {
            // Two servers may both be a primary. Only that in the ledger's run gets anything.
            if (await gate.Look(shard) is not { } run || (await ledger.Recorded(shard, cancellation)).Run != run.Id)
                return;
            homes.Learn(run.Shards);
            // A share needs its packet first.
            foreach (var kind in due.GroupBy(each => each.Entry.Kind).OrderBy(kind => kind.Key))
                gone.AddRange(await OfKind(shard, run.Id, [.. kind], actor, cancellation));
        });
        return gone;
    }

    private async Task<IEnumerable<ParkedEntry>> OfKind(
        int shard, string run, Due[] due, Actor actor, CancellationToken cancellation)
    {
        var words = await Ask(shard, run, due, Look, cancellation);
        Due[] With(string word) => [.. due.Zip(words).Where(each => each.Second == word).Select(each => each.First)];
        await SetAside(With(ParkReason.KeyTaken), ParkReason.KeyTaken, WhyKeyTaken, cancellation);
        var gone = With(Gone).ToLookup(each => each.Entry.Kind == EntryKind.Grab);
        await SetAside([.. gone[false]], ParkReason.Refused, WhyRefused, cancellation);
        if (With(Free) is { Length: > 0 } free)
        {
            // The audit comes first: nothing is changed that is not written down.
            await audits.Write(actor, AuditTrail.Adoption, [.. free.Select(each => each.Name)], cancellation);
            var taken = (await Ask(shard, run, free, Take, cancellation)).Count(word => word == Taken);
            logger.EntriesAdopted(taken, shard, free[0].Name);
        }
        return gone[true].Concat(With(UnknownPacket)).Select(each => each.Row);
    }

    private Task<string[]> Ask(int shard, string run, Due[] due, string what, CancellationToken cancellation) =>
        Task.WhenAll(due.Select(each => each.Entry.Kind switch
        {
            EntryKind.Fund => Install(shard, run, each.Entry, what, cancellation),
            EntryKind.Grab => Adopt(shard, run, each.Entry, what),
            _ => Task.FromResult(Gone),
        }));

    private async Task<string> Adopt(int shard, string run, Entry share, string what) => Word(MoneyScript.Adopt, await scripts.Run(
        MoneyScript.Adopt, shard,
        [
            PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Out(shard), PacketKeys.Wanted(shard),
            PacketKeys.Packet(shard, share.PacketId), PacketKeys.Shares(shard, share.PacketId),
        ],
        [run, share.PacketId, share.Ordinal, share.UserId, UserId.Check(share.UserId), share.AmountFen, share.AtMs, what]));

    private async Task<string> Install(int shard, string run, Entry fund, string what, CancellationToken cancellation)
    {
        if (PacketTerms.TryParse(fund.Terms ?? "", fund.AmountFen) is not { } terms || terms.Sender != fund.UserId)
            return Gone;
        // Where the ledger has given shares of it, its money is needed, whatever the key has made since. The report
        // names both packets.
        var isOwed = await ledger.HighestOrdinal(fund.PacketId, cancellation) > 0;
        if (!isOwed && await Elsewhere(shard, fund.PacketId, terms.Key) is { } word)
            return word;
        return Word(MoneyScript.Install, await scripts.Run(MoneyScript.Install, shard,
            [
                PacketKeys.Meta(shard), PacketKeys.Live(shard), PacketKeys.Made(shard), PacketKeys.Out(shard), PacketKeys.Wanted(shard),
                PacketKeys.Packet(shard, fund.PacketId), PacketKeys.Shares(shard, fund.PacketId), PacketKeys.Key(shard, terms.Key),
            ],
            [
                run, fund.PacketId, PacketId.MillisecondsOf(fund.PacketId), fund.UserId, fund.AmountFen, terms.Count, fund.AtMs,
                fund.AtMs + terms.ExpiresIn * 1000L, fund.Terms, seeds.Shares(fund.AmountFen, terms) ?? "",
                terms.ContentHash(fund.AmountFen), fund.AtMs + PacketsOptions.KeyRetentionMs, what, homes.Shards,
                isOwed ? "owed" : "",
            ]));
    }

    // More shards than at the time of the fund may have given the key another home. Null when nothing there speaks
    // against the packet.
    private async Task<string?> Elsewhere(int shard, string packetId, string keyHash)
    {
        var present = KeyHomes.Of(keyHash, homes.Shards);
        foreach (var home in KeyHomes.Former(keyHash, present).Prepend(present).Where(home => home != shard))
        {
            if ((await compared.Ask(home)).Run is null)
                return MoneyScript.Unchecked;
            if (await keys.FindAt(home, keyHash) is { } claim && claim.PacketId != packetId)
                return ParkReason.KeyTaken;
        }
        return null;
    }

    private static string Word(MoneyScript script, RedisResult answer) => (string?)answer switch
    {
        Free or Taken or "held" or Gone or UnknownPacket or ParkReason.KeyTaken or MoneyScript.Unchecked or MoneyScript.Ended
            => (string)answer!,
        var word => throw script.Unknown(word),
    };

    private async Task SetAside(Due[] due, string reason, string why, CancellationToken cancellation)
    {
        if (due.Length == 0)
            return;
        await journal.Execute(transaction =>
        {
            foreach (var each in due)
                new Adjustments(transaction).SetReason(each.Row.Id, reason, why);
        }, cancellation);
        foreach (var each in due)
            logger.EntryWaits(each.Row.Id, each.Name, reason);
    }

    private sealed record Due(ParkedEntry Row, Entry Entry)
    {
        public string Name => $"{Entry.PacketId} {RedisPackets.NameOf(Entry.Kind, Entry.Ordinal)}";
    }
}
