using System.Text.Json;
using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Reports;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;
using RedPacket.Wallets;

namespace RedPacket.Tests.Wallets;

/// <summary>Wallets: what the ledger has, and through when it is all there is.</summary>
[Needs("servers")]
public abstract class WalletTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task NothingInFlight_SettledThroughNow()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a", "b");
        var before = await world.Get<RedisReader>().Now();

        var (fen, through) = await Wallet(world, "b");

        Assert.Equal(ReconciliationWorld.FenAt(2), fen);
        Assert.True(through!.Value.ToUnixTimeMilliseconds() >= before - 1, $"{through}");
    }

    [Fact]
    public async Task EntryPutBackWithAnOldTime_HoldsTheBoundBack_ThoughNewerOnesComeBeforeIt()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.PutIntoOutbox(new Entry(EntryKind.Grab, packet, 2, "b", 1, ReconciliationWorld.Made + 9000).ToString());
        await world.PutIntoOutbox(new Entry(EntryKind.Grab, packet, 3, "c", 1, ReconciliationWorld.Made + 7000).ToString());

        Assert.Equal(ReconciliationWorld.Made + 6999, (await Wallet(world, "a")).Through!.Value.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task UnreadableLineInTheOutbox_NothingYoungerThanTheOldestPacketIsPromised()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a");
        await world.PutIntoOutbox("rubbish");

        Assert.True((await Wallet(world, "a")).Through!.Value.ToUnixTimeMilliseconds() < ReconciliationWorld.Made);
    }

    [Fact]
    public async Task EntriesInFlight_ArePending_UntilTheLedgerHasThem()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        var made = ReconciliationWorld.Made;
        // Recorded and not acknowledged yet, a share, a refund, and another user's share.
        await world.PutIntoOutbox(new Entry(EntryKind.Grab, packet, 2, "b", ReconciliationWorld.FenAt(2), made).ToString());
        await world.PutIntoOutbox(new Entry(EntryKind.Grab, packet, 3, "b", 7, made).ToString());
        await world.PutIntoOutbox(new Entry(EntryKind.Refund, packet, 0, "b", 11, made).ToString());
        await world.PutIntoOutbox(new Entry(EntryKind.Grab, packet, 4, "c", 13, made).ToString());

        Assert.Equal([(ReconciliationWorld.FenAt(2), 18L), (0, 13), (ReconciliationWorld.FenAt(1), 0)],
            new[] { await Answer(world, "b"), await Answer(world, "c"), await Answer(world, "a") }
                .Select(wallet => (wallet.SettledFen, wallet.PendingFen!.Value)));
    }

    [Fact]
    public async Task OutboxThatIsNotKnownWhole_PendingIsNotKnown()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a");
        Assert.Equal(0, (await Answer(world, "a")).PendingFen);

        await world.PutIntoOutbox("rubbish");

        await Eventually.Holds(async () => (await Answer(world, "a")).PendingFen is null);
    }

    [Fact]
    public async Task UserWithoutEntries_HasZero()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);

        Assert.Equal(0, (await Wallet(world, "nobody")).Fen);
    }

    [Fact]
    public async Task BadCall_IsRefusedWithItsStatusAndCode()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var endpoints = world.Get<WalletEndpoints>();

        var anothers = await Called.By(world, "", "a", context => endpoints.Balance(context, "b"));
        var invalid = await Called.By(world, "", "a", context => endpoints.Statement(context, "a b"));
        var page = await Called.By(world, "?limit=0", "a", context => endpoints.Statement(context, "a"));
        await world.Ledger.TakeAway();
        var away = await Called.By(world, "", "a", context => endpoints.Balance(context, "a"));

        Assert.Equal([(403, "forbidden"), (400, "user_invalid"), (400, "page_invalid"), (503, "ledger_unavailable")],
            new[] { anothers, invalid, page, away }.Select(answer => (answer.Status, answer.Code!)));
        Assert.Equal("1", away.Headers.RetryAfter);
    }

    [Fact]
    public async Task Statement_ListsSharesAndRefundsInLedgerOrder()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("sender");
        var expired = await world.Expired("x", "sender");

        var whole = await Statement(world, 0, 100);
        var first = await Statement(world, 0, 2);
        var rest = await Statement(world, first.Next!.Value, 2);

        Assert.Equal([("grab", 15L), ("grab", 25L), ("refund", 100L)], whole.Transfers.Select(line => (line.Kind, line.AmountFen)));
        Assert.Equal(whole.Transfers, first.Transfers.Concat(rest.Transfers));
        Assert.Equal((expired, null), (whole.Transfers[^1].PacketId, whole.Next));
    }

    [Fact]
    public async Task StatementNewestFirst_IsTheSameTurnedRound()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("sender");
        await world.Expired("x", "sender");

        var whole = await Statement(world, 0, 100);
        var first = await Statement(world, 0, 2, "&order=newest");
        var rest = await Statement(world, first.Next!.Value, 2, "&order=newest");
        var invalid = await Called.By(world, "?order=up", "sender", context => world.Get<WalletEndpoints>().Statement(context, "sender"));

        Assert.Equal(3, whole.Transfers.Count);
        Assert.Equal(whole.Transfers.Reverse(), first.Transfers.Concat(rest.Transfers));
        Assert.Null(rest.Next);
        Assert.Equal((400, "query_invalid"), (invalid.Status, invalid.Code));
    }

    [Fact]
    public async Task StatementOfAPeriod_HasItsFirstMoment_AndNotItsLast_AsJsonAndCsv()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("x", "sender", "y");
        await world.Settled("sender");
        var whole = (await Statement(world, 0, 100)).Transfers;
        var (first, second) = (whole.MinBy(line => line.GrantedAt)!, whole.MaxBy(line => line.GrantedAt)!);
        Assert.True(first.GrantedAt < second.GrantedAt);
        var (from, to) = (WireTime.Text(first.GrantedAt), WireTime.Text(second.GrantedAt));

        Assert.Equal([first], (await Statement(world, 0, 100, $"&from={from}&to={to}")).Transfers);
        Assert.Equal([second], (await Statement(world, 0, 100, $"&from={to}")).Transfers);
        Assert.Empty((await Statement(world, 0, 100, "&to=2001-01-01")).Transfers);
        var csv = await Csv(world, $"?format=csv&from={from}&to={to}");
        Assert.Equal(
            [
                "\uFEFFid,kind,packetId,ordinal,amountFen,grantedAt,settledAt,amountYuan",
                $"{first.Id},grab,{first.PacketId},{first.Ordinal},{first.AmountFen},{from},{WireTime.Text(first.SettledAt!.Value)},"
                    + $"0.{first.AmountFen:00}",
                "end,1,,,,,,",
            ], csv);
        Assert.Equal(4, (await Csv(world, "?format=csv")).Length);
        Assert.Equal(3, (await Csv(world, "?format=csv&limit=1")).Length);
    }

    [Theory]
    [InlineData("?from=2026-02-30")]
    [InlineData("?from=yesterday")]
    [InlineData("?to=2026-01-01T00:00:00")]
    [InlineData("?to=2026-01-01T00:00:00 08:00")]
    [InlineData("?from=")]
    public async Task PeriodThatIsNone_Returns400(string query)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);

        var answer = await Called.By(world, query, "sender", context => world.Get<WalletEndpoints>().Statement(context, "sender"));

        Assert.Equal((400, "query_invalid"), (answer.Status, answer.Code));
    }

    private static async Task<string[]> Csv(ReconciliationWorld world, string query)
    {
        var answer = await Called.By(world, query, "sender", context => world.Get<WalletEndpoints>().Statement(context, "sender"));
        return answer.Body.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<StatementPage> Statement(ReconciliationWorld world, long after, int limit,
        string order = "")
    {
        var answer = await Called.By(world, $"?after={after}&limit={limit}{order}", "sender",
            context => world.Get<WalletEndpoints>().Statement(context, "sender"));
        Assert.True(answer.Status == 200, answer.Body);
        return JsonSerializer.Deserialize(answer.Body, WalletsJson.Readable.StatementPage)!;
    }

    private static async Task<(long Fen, DateTimeOffset? Through)> Wallet(ReconciliationWorld world, string user) =>
        await Answer(world, user) is var wallet ? (wallet.SettledFen, wallet.SettledThrough) : default;

    private static async Task<WalletAnswer> Answer(ReconciliationWorld world, string user)
    {
        var answer = await Called.By(world, "", user, context => world.Get<WalletEndpoints>().Balance(context, user));
        Assert.Equal(200, answer.Status);
        return JsonSerializer.Deserialize(answer.Body, WalletsJson.Readable.WalletAnswer)!;
    }
}

public sealed class WalletOnSqliteTests(RedisFixture redis) : WalletTests(redis, null);

public sealed class WalletOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : WalletTests(redis, postgres);
