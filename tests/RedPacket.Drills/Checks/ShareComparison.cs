namespace RedPacket.Drills.Checks;

/// <summary>
/// Compares the four views of the shares: the client's record, Redis, the outbox and the ledger. A drill passes when
/// they agree.
/// </summary>
/// <param name="Client">Shares confirmed to the client.</param>
/// <param name="Redis">Claims in the packets' hashes; null when Redis need not have them (archived or flushed).</param>
/// <param name="Outbox">Entries still in the outbox.</param>
/// <param name="Ledger">Grabs in the ledger.</param>
/// <param name="Kept">Confirmed shares that every view has exactly so.</param>
/// <param name="Lost">Confirmed shares that the ledger or Redis does not have exactly so; also missing funds and
/// refunds.</param>
/// <param name="Duplicated">Users with two shares of a packet, shares with two users, and packets with two funds or
/// refunds.</param>
/// <param name="Unexpected">Shares never confirmed to the client, although it asked again, and answers that contradict
/// each other.</param>
/// <param name="Unresolved">Calls without a final answer, and entries left in the outbox.</param>
/// <param name="Forgotten">
/// Shares and packets confirmed before a drill damaged Redis and now missing from Redis, the ledger and the parked
/// entries. <see cref="ForgottenEvidence"/> names each. A changed answer about a share that still exists is unexpected.
/// </param>
/// <param name="Evidence">Every other difference, in words.</param>
internal sealed record ShareComparison(
    int Client, int? Redis, long Outbox, int Ledger, int Kept, int Lost, int Duplicated, int Unexpected, long Unresolved, int Forgotten,
    IReadOnlyList<string> ForgottenEvidence, IReadOnlyList<string> Evidence)
{
    /// <summary>Nothing is lost, duplicated, unexpected or unresolved.</summary>
    public bool IsClean => Lost + Duplicated + Unexpected + Unresolved == 0;

    /// <param name="adjusted">Lost shares that the service paid from the loss account. They count as kept.</param>
    /// <param name="packets">Ids of the packets in the ledger.</param>
    /// <param name="late">Messages arrived after the gate opened, so a packet may have been unknown until its fund
    /// arrived.</param>
    /// <param name="fundsAndRefunds">Its differences count like those of shares.</param>
    public static ShareComparison Of(
        LoadRecord record, IReadOnlyCollection<HeldShare>? redis, long outbox, IReadOnlyCollection<HeldShare> ledger,
        IReadOnlyCollection<HeldShare>? adjusted = null, IReadOnlyCollection<string>? packets = null,
        FundsAndRefunds? fundsAndRefunds = null, bool late = false)
    {
        adjusted ??= [];
        fundsAndRefunds ??= FundsAndRefunds.NotCompared;
        HeldShare[] inRedis = [.. redis ?? []];
        var client = record.Won.Values.Select(won => won.Share).ToHashSet();
        var missing = client.Except(ledger).Except(adjusted).Union(client.Except(redis ?? client)).Count();
        string[] lost = [.. Only("client", client, "ledger", ledger.Concat(adjusted)), .. Only("client", client, "Redis", redis ?? client)];
        string[] duplicated = [.. Duplicates("ledger", [.. ledger, .. adjusted], adjusted), .. Duplicates("Redis", inRedis, adjusted)];
        // A user may win the same share again, or be refused for a time and paid later. Both still hold what was
        // confirmed.
        string[] known =
        [
            .. Changed(record, "Redis", inRedis.Except(client).Except(adjusted)), .. Changed(record, "ledger", ledger.Except(client)),
            .. late ? [] : ChangedPackets(record, packets ?? [], known: true),
        ];
        string[] unexpected =
        [
            .. record.Contradictions, .. known,
            .. Only("ledger", ledger, "client", client), .. Only("Redis", inRedis.Except(adjusted), "client", client),
        ];
        var changed = record.Forgettable.ChangedShares.Keys.ToHashSet();
        var unconfirmed = ledger.Union(inRedis.Except(adjusted)).Except(client).Except(changed).Count()
            + record.Contradictions.Count + known.Length;
        string[] forgotten =
        [
            .. ForgottenShares(record, client, [.. inRedis, .. ledger, .. adjusted]),
            .. ChangedPackets(record, packets ?? [], known: false),
        ];
        var unresolved = record.Open.Count + record.Sends.Values.Count(sent => sent.Answer is null) + outbox;
        return new ShareComparison(
            client.Count, redis?.Count, outbox, ledger.Count, client.Count - missing, missing + fundsAndRefunds.Lost,
            duplicated.Length + fundsAndRefunds.Duplicated, unconfirmed + fundsAndRefunds.Unexpected, unresolved,
            forgotten.Length, forgotten, [.. lost, .. duplicated, .. unexpected, .. fundsAndRefunds.Evidence, .. Open(record, outbox)]);
    }

    private static IEnumerable<string> Only(string nameA, IEnumerable<HeldShare> a, string nameB,
        IEnumerable<HeldShare> b) =>
        a.Except(b).Select(held => $"in {nameA}, not in {nameB}: {held}");

    // A paid share keeps its ordinal, which another user may hold as well. Its user still has no second share.
    private static IEnumerable<string> Duplicates(string name, IReadOnlyCollection<HeldShare> all,
        IReadOnlyCollection<HeldShare> adjusted)
    {
        var twoShares = all.GroupBy(held => (held.PacketId, held.UserId)).Where(group => group.Count() > 1);
        var twoUsers = all.Except(adjusted).GroupBy(held => (held.PacketId, held.Ordinal))
            .Where(group => group.DistinctBy(held => held.UserId).Count() > 1);
        return twoShares.Select(group => $"in {name} more than once: {string.Join(" and ", group)}")
            .Concat(twoUsers.Select(group => $"in {name} one share to two users: {string.Join(" and ", group)}"));
    }

    private static IEnumerable<string> Changed(LoadRecord record, string name, IEnumerable<HeldShare> all) =>
        all.Where(record.Forgettable.ChangedShares.ContainsKey)
            .Select(held => $"in {name}, but the answer changed: {held}, then {record.Forgettable.ChangedShares[held]}");

    private static IEnumerable<string> ForgottenShares(LoadRecord record, HashSet<HeldShare> client,
        HashSet<HeldShare> known) =>
        record.Forgettable.ChangedShares.Where(share => client.Contains(share.Key) || !known.Contains(share.Key))
            .Select(share => $"{share.Key}, then {share.Value}");

    // Confirmed packets whose answer changed: those that the ledger knows, or those that it does not know.
    private static IEnumerable<string> ChangedPackets(LoadRecord record, IReadOnlyCollection<string> packets,
        bool known) =>
        record.Forgettable.ChangedPackets.Where(packet => packets.Contains(packet.Key) == known)
            .Select(packet => $"{(known ? "in the ledger, but the answer changed: " : "")}packet {packet.Key}, then {packet.Value}");

    private static IEnumerable<string> Open(LoadRecord record, long outbox) =>
    [
        .. record.Open.Keys.Select(grab => $"no final answer: grab of {grab.PacketId} by {grab.UserId}"),
        .. record.Sends.Values.Where(sent => sent.Answer is null).Select(sent => $"no final answer: send {sent.Key}"),
        .. outbox > 0 ? [$"{outbox} entries left in the outbox"] : Array.Empty<string>(),
    ];
}
