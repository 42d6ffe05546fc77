namespace RedPacket.Drills;

/// <summary>
/// The four views side by side: what the client was told, what Redis holds, what still stands in the outbox, what the ledger has. A drill is
/// passed when nothing of it differs.
/// </summary>
/// <param name="Client">Shares that the client was told it won.</param>
/// <param name="Redis">Claims in the packets' hashes; null where Redis no longer has to know (archived, flushed).</param>
/// <param name="Outbox">Entries still on their way.</param>
/// <param name="Ledger">Grabs in the ledger.</param>
/// <param name="Kept">Shares the client was told of and that are where they belong, once.</param>
/// <param name="Lost">The client was told "won", and the ledger (or Redis) has not exactly that; or a fund or refund that is due is not in the ledger.</param>
/// <param name="Duplicated">A user with two shares of a packet, or a share with two users, in Redis or in the ledger; or two funds or refunds of a packet.</param>
/// <param name="Unexpected">A share that the client never heard of, though it asked for everything again; or an answer that contradicts another.</param>
/// <param name="Unresolved">Calls without a final answer, and entries left in the outbox.</param>
/// <param name="Forgotten">
/// What the client was told before Redis was damaged on purpose, and what nobody knows any more: neither Redis nor ledger nor parked entries. Each is named in
/// <see cref="Named"/>. A share or packet that is answered otherwise while somebody knows it is unexpected.
/// </param>
/// <param name="Evidence">Each of them in words.</param>
internal sealed record ShareComparison(int Client, int? Redis, long Outbox, int Ledger, int Kept, int Lost, int Duplicated, int Unexpected, long Unresolved, int Forgotten,
    IReadOnlyList<string> Named, IReadOnlyList<string> Evidence)
{
    /// <summary>Nothing lost, duplicated, unexpected, unresolved.</summary>
    public bool IsClean => Lost + Duplicated + Unexpected + Unresolved == 0;

    /// <param name="madeGood">Shares that stand beside the ledger's grabs and count as kept: stragglers.</param>
    /// <param name="packets">Ids of the packets that the ledger knows.</param>
    /// <param name="late">The gate was opened while messages were on their way: a packet may be unknown until its fund comes, and is made again then.</param>
    /// <param name="envelopes">Funds and refunds; what is wrong with them counts as for shares.</param>
    public static ShareComparison Of(LoadRecord record, IReadOnlyCollection<HeldShare>? redis, long outbox, IReadOnlyCollection<HeldShare> ledger, IReadOnlyCollection<HeldShare>? madeGood = null,
        IReadOnlyCollection<string>? packets = null, FundsAndRefunds? envelopes = null, bool late = false)
    {
        madeGood ??= [];
        envelopes ??= FundsAndRefunds.NotCompared;
        var client = record.Won.Values.Select(won => won.Share).ToHashSet();
        string[] lost = [.. Only("client", client, "ledger", ledger.Concat(madeGood)), .. Only("client", client, "Redis", redis ?? client)];
        var missing = client.Except(ledger).Except(madeGood).Union(client.Except(redis ?? client)).Count();
        string[] twice = [.. Twice("ledger", [.. ledger, .. madeGood], madeGood), .. Twice("Redis", redis ?? [], madeGood)];
        var retold = record.Doubts.Shares.Keys.ToHashSet();
        // Who won the same share again, at another time, has what he was told; and so has who was refused while nobody knew of it, and made good later.
        string[] known = [.. Retold(record, "Redis", (redis ?? []).Except(client).Except(madeGood)), .. Retold(record, "ledger", ledger.Except(client)),
            .. late ? [] : Gone(record, packets ?? [], known: true)];
        string[] strange = [.. record.Contradictions, .. known, .. Only("ledger", ledger, "client", client), .. Only("Redis", (redis ?? []).Except(madeGood), "client", client)];
        var unheard = ledger.Union(redis ?? []).Except(client).Except(retold).Count() + record.Contradictions.Count + known.Length;
        string[] forgotten =
        [
            .. retold.Where(held => client.Contains(held) || !(redis ?? []).Concat(ledger).Concat(madeGood).Contains(held)).Select(held => $"{held}, then {record.Doubts.Shares[held]}"),
            .. Gone(record, packets ?? [], known: false),
        ];
        string[] open =
        [
            .. record.Open.Keys.Select(call => $"no final answer: grab of {call.PacketId} by {call.UserId}"),
            .. record.Sends.Values.Where(sent => sent.Answer is null).Select(sent => $"no final answer: send {sent.Key}"),
            .. outbox > 0 ? [$"{outbox} entries left in the outbox"] : Array.Empty<string>(),
        ];
        var unresolved = record.Open.Count + record.Sends.Values.Count(sent => sent.Answer is null) + outbox;
        return new ShareComparison(client.Count, redis?.Count, outbox, ledger.Count, client.Count - missing, missing + envelopes.Lost, twice.Length + envelopes.Duplicated,
            unheard + envelopes.Unexpected, unresolved, forgotten.Length, forgotten, [.. lost, .. twice, .. strange, .. envelopes.Evidence, .. open]);
    }

    private static IEnumerable<string> Only(string nameA, IEnumerable<HeldShare> a, string nameB, IEnumerable<HeldShare> b) => a.Except(b).Select(held => $"in {nameA}, not in {nameB}: {held}");

    private static IEnumerable<string> Retold(LoadRecord record, string name, IEnumerable<HeldShare> all) =>
        all.Where(record.Doubts.Shares.ContainsKey).Select(held => $"in {name}, and answered otherwise: {held}, then {record.Doubts.Shares[held]}");

    // Packets that were told of and then answered otherwise: those that the ledger knows, or those that it does not.
    private static IEnumerable<string> Gone(LoadRecord record, IReadOnlyCollection<string> packets, bool known) =>
        record.Doubts.Packets.Where(packet => packets.Contains(packet.Key) == known).Select(packet => $"{(known ? "known, and answered otherwise: " : "")}packet {packet.Key}, then {packet.Value}");

    // Whose share was made good holds an ordinal that was dealt to another, and still no second share.
    private static IEnumerable<string> Twice(string name, IReadOnlyCollection<HeldShare> all, IReadOnlyCollection<HeldShare> madeGood) =>
        all.GroupBy(held => (held.PacketId, held.UserId)).Where(group => group.Count() > 1).Select(group => $"in {name} more than once: {string.Join(" and ", group)}")
            .Concat(all.Except(madeGood).GroupBy(held => (held.PacketId, held.Ordinal)).Where(group => group.DistinctBy(held => held.UserId).Count() > 1)
                .Select(group => $"in {name} one share to two users: {string.Join(" and ", group)}"));
}
