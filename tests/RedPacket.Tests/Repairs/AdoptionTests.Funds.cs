using RedPacket.Grabs;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Repairs;

// Funds that Redis has forgotten.
public abstract partial class AdoptionTests
{
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task ForgottenFund_MakesItsPacketAgain_WithItsKey_AndItsShareFollows()
    {
        await using var service = await Start();
        var (fund, share) = Forgotten(service, "key");
        // The share is parked before its fund.
        await Park(service, share, fund);

        await Pay(service);
        await Compared(service, fund.PacketId);
        await Pay(service);

        Assert.Equal(GrabStatus.Again, (await service.Grabs.Grab(0, fund.PacketId, "late")).Status);
        var repeated = await Send(service, "key", PacketId.New(0, Now));
        Assert.Equal((CreateStatus.Exists, fund.PacketId), (repeated.Status, repeated.Claim!.PacketId));
        Assert.InRange((await redis.Database.KeyTimeToLiveAsync(PacketKeys.Key(0, Terms("key").Key)))!.Value.TotalDays, 6.9, 7);
        await service.Settles();
        Assert.Equal(0, service.Ledger.Number("SELECT count(*) FROM parked"));
        Assert.Equal(2, service.Ledger.Number("SELECT count(*) FROM transfers"));
    }

    [Fact]
    public async Task ForgottenFundOfSharesThatTheLedgerHas_MakesThePacketWithThem()
    {
        await using var service = await Start();
        var (fund, share) = Forgotten(service, "key");
        var run = await service.Of<ShardGate>().Look(0);
        await service.Of<Journal>().Enqueue(Chunk(run!.Id, forgotten: false, share), Stop);
        await Park(service, fund);

        await Pay(service);
        await Compared(service, fund.PacketId);

        Assert.Equal(GrabStatus.Again, (await service.Grabs.Grab(0, fund.PacketId, "late")).Status);
        Assert.Equal(share.Ordinal + 1, (await service.Grabs.Grab(0, fund.PacketId, "next")).Ordinal);
        await service.Settles();
    }

    [Fact]
    public async Task FundWhoseKeyHasMadeAnotherPacket_WaitsForAPerson()
    {
        await using var service = await Start();
        var (fund, share) = Forgotten(service, "key");
        var made = await Send(service, "key", PacketId.New(0, Now));
        await Park(service, fund, share);

        await Pay(service);
        await Pay(service);

        Assert.Equal(CreateStatus.Made, made.Status);
        Assert.Null(await service.Packets.Find(fund.PacketId));
        Assert.Equal(1, service.Ledger.Number("SELECT count(*) FROM parked WHERE reason = 'key_taken' AND kind = 1"));
        var id = service.Ledger.Number("SELECT id FROM parked WHERE kind = 1");
        // As OPERATING says: its shares are paid, then it is dismissed.
        Assert.Equal(share.AmountFen, (await service.Of<Correction>().Run(new Actor("op"), null, dryRun: false, Stop)).PaidFen);
        var (answer, refusal) = await service.Of<Dismissal>().Run(new Actor("op"), [id], "sent again", Stop);
        Assert.Null(refusal);
        Assert.Equal([id], answer!.Dismissed);
    }

    [Fact]
    public async Task FundWhoseKeyIsTaken_MakesItsPacket_WhereTheLedgerHasGivenSharesOfIt()
    {
        await using var service = await Start();
        var (fund, share) = Forgotten(service, "key");
        var run = await service.Of<ShardGate>().Look(0);
        await service.Of<Journal>().Enqueue(Chunk(run!.Id, forgotten: false, share), Stop);
        await Send(service, "key", PacketId.New(0, Now));
        await Park(service, fund);

        await Pay(service);
        await Compared(service, fund.PacketId);

        Assert.Equal(GrabStatus.Again, (await service.Grabs.Grab(0, fund.PacketId, "late")).Status);
        await Eventually.Holds(() => Task.FromResult(service.Ledger.Number("SELECT count(*) FROM packets WHERE repeats IS NOT NULL") == 1));
    }

    [Fact]
    public async Task ShareThatWasTakenBack_CountsAsGranted()
    {
        await using var service = await Start();
        var packet = await service.Send(1000, Shares);
        var share = await Late(service, packet, 2, "late");
        await Park(service, share);
        await Pay(service);

        var run = (string)(await redis.Database.HashGetAsync(PacketKeys.Meta(0), MetaFields.Run))!;
        var remembered = await service.Packets.Remember(share, run, notice: 0, new LedgerMark("writer", 1));

        Assert.Equal(Remembered.Granted, remembered);
    }

    [Fact]
    public async Task FundThatRedisGetsBack_IsNotDismissed()
    {
        await using var service = await Start();
        var (fund, _) = Forgotten(service, "key");
        await Park(service, fund);

        var id = service.Ledger.Number("SELECT id FROM parked");
        var (_, refusal) = await service.Of<Dismissal>().Run(new Actor("op"), [id], "no reason", Stop);

        Assert.Equal("parked_needed", refusal!.Code);
    }

    // A packet that Redis and ledger have forgotten, with one share.
    private static (Entry Fund, Entry Share) Forgotten(Service service, string key)
    {
        var id = PacketId.New(0, Now);
        var terms = Terms(key);
        var fund = new Entry(EntryKind.Fund, id, 0, terms.Sender, 1000, Now.ToUnixTimeMilliseconds(), terms.ToJson());
        var shares = service.Of<SplitSeeds>().Shares(1000, terms)!;
        return (fund, new Entry(EntryKind.Grab, id, 1, "late", int.Parse(shares.AsSpan(0, PacketKeys.ShareWidth), null), fund.AtMs + 1));
    }

    private static Task<CreateOutcome> Send(Service service, string key, string packetId) =>
        service.Packets.Create(packetId, service.Of<KeyHomes>().Shards, 1000, Terms(key));

    private static PacketTerms Terms(string key) => new(
        "sender", "lucky", Shares, "good luck", 600, "line-cutting", "000000000000002a", PacketTerms.KeyHash("sender", key));
}
