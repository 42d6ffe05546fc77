using System.Globalization;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Packets;

namespace RedPacket.Tests.Simulation;

/// <summary>The clients that send and grab. They compare each answer with what Redis had before, and with earlier answers.</summary>
internal sealed class Clients(SimulatedWorld world)
{
    private const int Senders = 3;
    private static readonly string[] s_users = ["user0", "user1", "user2", "user3", "user4", "sender0"];
    private readonly GrabCoalescer _grabs = world.Get<GrabCoalescer>();
    private readonly RedisPackets _packets = world.Get<RedisPackets>();
    private int _ids;

    /// <summary>
    /// A sender sends, or repeats an earlier request, as <see cref="SendEndpoint"/> does it. The history gives the id and the seed.
    /// </summary>
    public async Task Send(int choice, int variant)
    {
        var sender = choice % Senders;
        var count = 1 + variant % 4;
        var sending = world.Record.Sendings.GetValueOrDefault(sender)
            ?? new Sending(
                variant % 5 == 0 ? count * (1 + variant) : count + variant, count, variant % 5 == 0 ? "equal" : "lucky", world.Step, null);
        world.Record.Sendings[sender] = sending;
        var terms = Terms(sender, sending);
        world.Store.KeyNames.Add(PacketKeys.Key(0, terms.Key).ToString());
        await UnlessClosed(async () =>
        {
            var outcome = await _packets.Create(NewId(), 1, sending.AmountFen, terms);
            Promises.Must(
                outcome.Status != CreateStatus.Exists || outcome.Claim?.ContentHash == terms.ContentHash(sending.AmountFen),
                $"3: sender{sender} sent the same again, and it was taken for another content");
            var id = outcome.Claim?.PacketId ?? outcome.Packet?.Id;
            if (id is not null && !world.Store.PacketIds.Contains(id))
                world.Store.PacketIds.Add(id);
            Check(sender, sending, outcome.Packet ?? (id is null ? null : await _packets.Sent(id)));
            Promises.Must(
                sending.Told is null || sending.Told.Id == id || outcome.Status == CreateStatus.OutboxFull,
                $"3: sender{sender} sent the same again and got {id}, another packet than {sending.Told?.Id}");
        });
    }

    /// <summary>A key that Redis knows, with another content.</summary>
    public async Task SendOther(int choice)
    {
        if (world.Record.Sendings.GetValueOrDefault(choice % Senders) is not { } sending)
            return;
        var terms = Terms(choice % Senders, sending) with { Greeting = "another" };
        if (!world.Before.Keys.ContainsKey(PacketKeys.Key(0, terms.Key).ToString()))
            return;
        await UnlessClosed(async () =>
        {
            var outcome = await _packets.Create(NewId(), 1, sending.AmountFen, terms);
            Promises.Must(
                outcome.Status == CreateStatus.Exists && outcome.Claim!.ContentHash != terms.ContentHash(sending.AmountFen),
                $"3: the key of sender{choice % Senders} was taken for another content");
        });
    }

    /// <summary>One user grabs.</summary>
    public Task Grab(int packet, int user) => Together(packet, [s_users[user % s_users.Length]]);

    /// <summary>Three users grab in one call, one of them twice.</summary>
    public Task GrabTogether(int packet, int user) =>
        Together(packet, [.. Enumerable.Range(user, 3).Append(user).Select(each => s_users[each % s_users.Length])]);

    /// <summary>The store dies between the packet and its outbox entry, and nobody is answered.</summary>
    public async Task TornGrab(int packet, int user)
    {
        if (!world.GateOpen || Packet(packet) is not { } id)
            return;
        await _grabs.Grab(0, id, s_users[user % s_users.Length]);
        foreach (var line in (await world.Store.Look(world.Step)).Out.Keys.Except(world.Before.Out.Keys))
        {
            world.Record.Torn.Add(line);
            await world.Store.LoseEntry(line);
        }
        if (world.Before.Live.TryGetValue(id, out var score))
            await world.Store.SetLive(id, score);
        await world.Restart();
    }

    /// <summary>Every user who ever got a share asks once more.</summary>
    public async Task AskAgain()
    {
        foreach (var ((packetId, userId), share) in
            world.Record.Shares.Where(share => !world.LedgerNow.Archived.Contains(share.Key.PacketId)))
            CheckAgain(packetId, userId, await _grabs.Grab(0, packetId, userId), share.Answer);
    }

    private async Task Together(int packet, string[] users)
    {
        if (Packet(packet) is not { } id)
            return;
        var told = ClientRecord.Foretell(world.Before, id, users, world.OutboxLimit, world.Store.Passed);
        await UnlessClosed(async () =>
        {
            var answers = await Task.WhenAll(users.Select(user => _grabs.Grab(0, id, user)));
            for (var i = 0; i < users.Length; i++)
                Check(id, users[i], told[i], answers[i]);
        });
    }

    private void Check(string packetId, string userId, GrabOutcome foretold, GrabOutcome answer)
    {
        Promises.Must(
            (foretold.Status, foretold.Ordinal, foretold.AmountFen) == (answer.Status, answer.Ordinal, answer.AmountFen),
            $"3: {userId} grabs {packetId}: {answer} instead of {foretold}");
        world.Record.Reached.Add(answer.Status.ToString());
        if (answer.Status is not (GrabStatus.Won or GrabStatus.Again))
            return;
        if (world.Record.Shares.TryGetValue((packetId, userId), out var share))
            CheckAgain(packetId, userId, answer, share.Answer);
        world.Record.Won(packetId, userId, Text(answer), world.Step);
    }

    private static void CheckAgain(string packetId, string userId, GrabOutcome answer, string before) =>
        Promises.Must(
            answer.Status == GrabStatus.Again && Text(answer) == before,
            $"3: {userId} asks {packetId} again: {answer.Status} {Text(answer)} instead of {before}");

    private void Check(int sender, Sending sending, MadePacket? made)
    {
        if (made is null)
        {
            Promises.Must(world.Before.Out.Count >= world.OutboxLimit, $"7: sender{sender} was refused, and there is room in the outbox");
            return;
        }
        // The world has moved the expiry of a packet that has expired. A sender that repeats its request must not see that.
        var expiry = sending.Told is { } told && world.Store.Passed.Contains(made.Id) ? told.ExpiresAt : made.ExpiresAt;
        var same = sending.Told is null || made with { ExpiresAt = expiry } == sending.Told;
        Promises.Must(same, $"3: sender{sender} sent the same again: {made} instead of {sending.Told}");
        if (sending.Told is null)
            world.Record.Sendings[sender] = sending with { Told = made, Step = world.Step };
    }

    private async Task UnlessClosed(Func<Task> call)
    {
        try
        {
            await call();
            Promises.Must(world.GateOpen, "1: the gate is shut, and an answer was given");
        }
        catch (OutageException exception) when (exception.Outage == Outage.Gate)
        {
            Promises.Must(!world.GateOpen, "7: the gate is open, and the answer was that it is closed");
        }
    }

    private string? Packet(int choice) =>
        world.Store.PacketIds.Count == 0 ? null : world.Store.PacketIds[choice % world.Store.PacketIds.Count];

    private PacketTerms Terms(int sender, Sending sending) => new(
        $"sender{sender}", sending.Kind, sending.Count, "恭喜 发财", 86_400, sending.Kind == "equal" ? "equal" : "line-cutting",
        (7919UL * (ulong)(world.Step + 1)).ToString("x16", CultureInfo.InvariantCulture), PacketTerms.KeyHash($"sender{sender}", "key"));

    private string NewId() => $"0-{world.Clock.GetUtcNow().ToUnixTimeMilliseconds():x12}70008000{++_ids:x12}";

    private static string Text(GrabOutcome answer) =>
        string.Create(CultureInfo.InvariantCulture, $"{answer.Ordinal} {answer.AmountFen} {answer.GrantedAt}");
}
