using System.Globalization;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The clients that send and grab. They compare each answer with what Redis had before, and with earlier answers.
/// </summary>
internal sealed class Clients(SimulatedWorld world)
{
    private const int Senders = 3;
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 1790000000000000";
    private static readonly string[] s_users = ["user0", "user1", "user2", "user3", "user4", "sender0"];
    private int _ids;

    /// <summary>
    /// A sender sends, or repeats an earlier request, as <see cref="SendEndpoint"/> does it. The history gives the id and the seed.
    /// </summary>
    public async Task Send(int choice, int variant, SimulatedProcess process)
    {
        var sender = choice % Senders;
        var sending = Sending(sender, variant);
        var terms = Terms(sender, sending);
        var packets = process.Get<RedisPackets>();
        var home = world.Shard(KeyHomes.Of(terms.Key, world.ShardCount));
        var newId = NewId(home.Number, process);
        // A process that stops may have made it.
        Met(newId);
        await UnlessClosed(home, process, async () =>
        {
            var outcome = await packets.Create(newId, world.ShardCount, sending.AmountFen, terms, _ => InLedger(process, terms));
            if (outcome.Status != CreateStatus.Made)
                NeverMade(newId);
            if (outcome.Claim is { } claim)
                Met(claim.PacketId);
            if (process.Network.HasSlept)
                return;
            Promises.Must(
                outcome.Status != CreateStatus.Exists || outcome.Claim?.ContentHash == terms.ContentHash(sending.AmountFen),
                $"3: sender{sender} sent the same again, and it was taken for another content");
            var made = outcome.Packet ?? (outcome.Claim is null ? null : await Sent(process, outcome.Claim.PacketId));
            // It may have slept while it read the packet, or the ledger is away, which alone has an archived packet.
            if (!process.Network.HasSlept && (made is not null || outcome.Claim is null || world.Ledger.IsUp))
                Check(home, sender, sending, outcome, made);
        }, needsAll: true);
    }

    /// <summary>A key that Redis knows, with another content.</summary>
    public async Task SendOther(int choice)
    {
        var sender = choice % Senders;
        if (world.Sendings.GetValueOrDefault(sender) is not { } sending)
            return;
        var terms = Terms(sender, sending) with { Greeting = "another" };
        var home = world.Shard(KeyHomes.Of(terms.Key, world.ShardCount));
        if (!home.Before.Keys.ContainsKey(PacketKeys.Key(home.Number, terms.Key).ToString()))
            return;
        await UnlessClosed(home, world.First, async () =>
        {
            var outcome = await world.Get<RedisPackets>().Create(
                NewId(home.Number, world.First), world.ShardCount, sending.AmountFen, terms, _ => InLedger(world.First, terms));
            Promises.Must(
                outcome.Status == CreateStatus.Exists && outcome.Claim!.ContentHash != terms.ContentHash(sending.AmountFen),
                $"3: the key of sender{sender} was taken for another content");
        }, needsAll: true);
    }

    /// <summary>One user grabs.</summary>
    public Task Grab(int packet, int user, SimulatedProcess process) =>
        Together(packet, [s_users[user % s_users.Length]], process);

    /// <summary>Three users grab in one call, one of them twice.</summary>
    public Task GrabTogether(int packet, int user, SimulatedProcess process) =>
        Together(packet, [.. Enumerable.Range(user, 3).Append(user).Select(each => s_users[each % s_users.Length])], process);

    /// <summary>The store dies between the packet and its outbox entry, and nobody is answered.</summary>
    public async Task TornGrab(int packet, int user)
    {
        if (Packet(packet) is not { } id || world.ShardOf(id) is not { IsWell: true } shard)
            return;
        await world.Get<GrabCoalescer>().Grab(shard.Number, id, s_users[user % s_users.Length]);
        foreach (var line in (await shard.Store.Look(world.Step)).Out.Keys.Except(shard.Before.Out.Keys))
        {
            shard.Record.Torn.Add(line);
            await shard.Store.LoseEntry(line);
        }
        if (shard.Before.Live.TryGetValue(id, out var score))
            await shard.Store.SetLive(id, score);
        await world.Restart([shard]);
    }

    private async Task Together(int packet, string[] users, SimulatedProcess process)
    {
        if (Packet(packet) is not { } id)
            return;
        var shard = world.ShardOf(id);
        users = await ProvenAnswers.Take(world, shard, id, users, process);
        if (users.Length == 0)
            return;
        var told = ClientRecord.Foretell(shard.Before, id, users, world.OutboxLimit, shard.Store.Passed);
        await UnlessClosed(shard, process, async () =>
        {
            // Every second share is followed.
            var answers = await Task.WhenAll(users.Select(
                (user, i) => process.Get<GrabCoalescer>().Grab(shard.Number, id, user, i % 2 == 0 ? Trace : null)));
            // Else its calls would come at another moment in each play.
            await process.Get<FinalPackets>().Reading;
            // The grab had the packet compared and rebuilt, and a rebuild computes the expiry again: its time had not come then.
            if (!shard.Before.IsCompared(id) && await shard.Store.HasTimeAgain(id))
                told = ClientRecord.Foretell(shard.Before, id, users, world.OutboxLimit, new HashSet<string>());
            for (var i = 0; i < users.Length; i++)
                Check(shard, id, users[i], told[i], answers[i]);
        });
    }

    private static bool IsSame(GrabOutcome a, GrabOutcome b) => (a.Status, a.Ordinal, a.AmountFen) == (b.Status, b.Ordinal, b.AmountFen);

    private void Check(SimulatedShard shard, string packetId, string userId, GrabOutcome foretold, GrabOutcome answer)
    {
        var record = shard.Record;
        // Days pass until a packet is archived, and no process remembers it for so long.
        var isRemembered = foretold.Status == GrabStatus.Unknown && answer.Status is GrabStatus.Emptied or GrabStatus.Expired
            && world.LedgerNow.Archived.Contains(packetId) && !record.Shares.ContainsKey((packetId, userId));
        Promises.Must(IsSame(answer, foretold) || isRemembered, $"3: {userId} grabs {packetId}: {answer} instead of {foretold}");
        world.Reached.Add(answer.Status.ToString());
        if (answer.Status is not (GrabStatus.Won or GrabStatus.Again))
            return;
        if (record.Shares.TryGetValue((packetId, userId), out var share)
            && (Text(answer) == share.Answer || !record.IsLost(packetId, userId, shard.LedgerNow)))
        {
            CheckAgain(packetId, userId, answer, share.Answer);
        }
        record.Won(packetId, userId, Text(answer), world.Step);
    }

    /// <summary>A user who has a share asks again.</summary>
    public static void CheckAgain(string packetId, string userId, GrabOutcome answer, string before) =>
        Promises.Must(
            answer.Status == GrabStatus.Again && Text(answer) == before,
            $"3: {userId} asks {packetId} again: {answer.Status} {Text(answer)} instead of {before}");

    // An archived packet is in the ledger only, and while packets are compared Redis may lack others. Null while the ledger is away.
    private async Task<MadePacket?> Sent(SimulatedProcess process, string packetId)
    {
        if (await process.Get<RedisPackets>().Sent(packetId) is { } stored)
            return stored;
        try
        {
            var recorded = await process.Get<SettledClaims>().Sent(packetId);
            var shard = world.ShardOf(packetId);
            Promises.Must(
                recorded is null || shard.LedgerNow.Archived.Contains(packetId) || !shard.IsCompared || process.Network.HasSlept
                    || await process.Gate.Look(shard.Number) is { IsWalked: true },
                $"1: {packetId} is in the ledger, not archived, and Redis does not have it");
            return recorded;
        }
        catch (OutageException exception) when (exception.Outage == Outage.Ledger && !world.Ledger.IsUp)
        {
            return null;
        }
    }

    private void Check(SimulatedShard shard, int sender, Sending sending, CreateOutcome outcome, MadePacket? made)
    {
        if (made is null)
        {
            var isFull = outcome.Status == CreateStatus.OutboxFull && shard.Before.Out.Count >= world.OutboxLimit;
            Promises.Must(isFull || shard.Record.HasForgotten(outcome),
                $"7: sender{sender} was refused ({outcome.Status}), and {shard.Before.Out.Count} entries wait in the outbox");
            return;
        }
        if (sending.Told?.Id != made.Id && shard.Record.IsLost(sending, shard.LedgerNow))
        {
            shard.Record.Lost.Add($"{sending.Told!.Id} sent by sender{sender}");
            sending = sending with { Told = null };
        }
        // The world has moved the expiry of a packet that has expired. A sender that repeats its request must not see
        // that.
        var expiry = sending.Told is { } told && shard.Store.Passed.Contains(made.Id) ? told.ExpiresAt : made.ExpiresAt;
        var same = sending.Told is null || made with { ExpiresAt = expiry } == sending.Told;
        Promises.Must(same, $"3: sender{sender} sent the same again: {made} instead of {sending.Told}");
        if (sending.Told is null)
            world.Sendings[sender] = sending with { Told = made, Step = world.Step };
    }

    // A shard that is well answers, whatever has become of the others. A send to a shard that was flushed also asks the
    // key's earlier home. An answer that waited in a sleeping process says nothing of now.
    private async Task UnlessClosed(SimulatedShard shard, SimulatedProcess process, Func<Task> call, bool needsAll = false)
    {
        try
        {
            await call();
            // While its packets are compared, those that were are answered.
            if (shard.IsWell || process.Network.HasSlept)
                return;
            var gate = await process.Gate.Look(shard.Number);
            Promises.Must(
                gate is { IsWalked: true },
                $"1: the gate is shut, and an answer was given ({gate?.ToString() ?? "shut"}, open {shard.IsOpen}, "
                    + $"ledger gone back {shard.Record.HasLedgerGoneBack}, ledger up {world.Ledger.IsUp})");
        }
        catch (OutageException exception) when (exception.Outage is Outage.Gate or Outage.Store)
        {
            var isWell = needsAll ? world.IsWell : shard.IsWell;
            Promises.Must(!isWell || process.Network.HasSlept, $"7: shard {shard.Number} is well, and refused: {exception.Message}");
        }
    }

    private static Task<KeyClaim?> InLedger(SimulatedProcess process, PacketTerms terms) =>
        process.Get<SettledClaims>().ClaimOf(terms.Key, sinceMs: 0);

    private Sending Sending(int sender, int variant)
    {
        var count = 1 + variant % 4;
        var amount = variant % 5 == 0 ? count * (1 + variant) : count + variant;
        var sending = world.Sendings.GetValueOrDefault(sender)
            ?? new Sending(amount, count, variant % 5 == 0 ? "equal" : "lucky", world.Step, null, world.Step);
        var key = Terms(sender, sending).Key;
        world.KeyNames.Add(PacketKeys.Key(KeyHomes.Of(key, world.ShardCount), key).ToString());
        return world.Sendings[sender] = sending;
    }

    private void Met(string packetId)
    {
        if (world.PacketIds.Contains(packetId))
            return;
        world.PacketIds.Add(packetId);
        world.ShardOf(packetId).Store.PacketIds.Add(packetId);
    }

    private void NeverMade(string packetId)
    {
        world.PacketIds.Remove(packetId);
        world.ShardOf(packetId).Store.PacketIds.Remove(packetId);
    }

    private string? Packet(int choice) => world.PacketIds.Count == 0 ? null : world.PacketIds[choice % world.PacketIds.Count];

    private PacketTerms Terms(int sender, Sending sending) => new(
        $"sender{sender}", sending.Kind, sending.Count, "恭喜 发财", 86_400, sending.Kind == "equal" ? "equal" : "line-cutting",
        (7919UL * (ulong)(world.Step + 1)).ToString("x16", CultureInfo.InvariantCulture), PacketTerms.KeyHash($"sender{sender}", "key"));

    private string NewId(int shard, SimulatedProcess process) =>
        $"{shard}-{process.Clock.GetUtcNow().ToUnixTimeMilliseconds():x12}70008000{++_ids:x12}";

    private static string Text(GrabOutcome answer) =>
        string.Create(CultureInfo.InvariantCulture, $"{answer.Ordinal} {answer.AmountFen} {answer.GrantedAt}");
}
