using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Repairs;

/// <summary>Repairs, parked entries and replays as an operator calls them.</summary>
[Needs("servers")]
public abstract class OperatorCallTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("{", 400, "invalid_json")]
    [InlineData("[]", 400, "invalid_json")]
    [InlineData("""{"dryRun":"yes"}""", 400, "invalid_json")]
    [InlineData("""{"dryRun":true,"dryRun":false}""", 400, "invalid_json")]
    [InlineData("""{"dryRun":true,"force":true}""", 400, "unknown_field")]
    [InlineData("""{"dryRun":true}""", 200, null)]
    [InlineData("{}", 200, null)]
    public async Task RepairBody_IsStrictAndADryRunByDefault(string body, int status, string? code)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Lost("a");

        var answer = await Called.By(world, "", "op", context => world.Get<RepairEndpoints>().Repair(context), body);

        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal(0, await world.Store.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task Repair_PutsBackAndRebuilds_InOneCall()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a");
        await world.Lost("b");
        world.Ledger.Execute("UPDATE accounts SET credits = credits + 7 WHERE code = 'wallet:a'");

        var answer = await Called.By(
            world, "", "op", context => world.Get<RepairEndpoints>().Repair(context), """{"dryRun":false,"totals":true}""");

        Assert.StartsWith("""{"dryRun":false,"found":2,"issued":2,"entries":[{"entry":"fund",""", answer.Body, StringComparison.Ordinal);
        Assert.Contains("""
            "accounts":[{"account":"wallet:a","debits":0,"credits":22,"rowDebits":0,"rowCredits":15}]
            """, answer.Body, StringComparison.Ordinal);
        Assert.Equal(["repair", "totals"], (await world.Report()).Healed.Select(healed => healed.Action).Order());
        Assert.Equal(2, world.Ledger.Number("""SELECT count(*) FROM audits WHERE actor = 'op' AND detail LIKE '%"trace":"%'"""));
    }

    [Theory]
    [InlineData("{}", 400, "invalid_json")]
    [InlineData("""{"ids":"1"}""", 400, "invalid_json")]
    [InlineData("""{"ids":[1.5]}""", 400, "invalid_json")]
    [InlineData("""{"ids":[1],"all":true}""", 400, "invalid_json")]
    [InlineData("""{"all":false}""", 400, "invalid_json")]
    [InlineData("""{"ids":[1],"force":true}""", 400, "unknown_field")]
    [InlineData("""{"ids":[]}""", 200, null)]
    [InlineData("""{"all":true}""", 200, null)]
    public async Task ReplayBody_IsStrict(string body, int status, string? code)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);

        var answer = await Called.By(world, "", "op", context => world.Get<RepairEndpoints>().Replay(context), body);

        Assert.Equal((status, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task GateShut_ReplayIsRefused_AndNothingIsWrittenToTheOutbox()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        world.Ledger.Execute($"""
            DELETE FROM transfers WHERE kind = 2;
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
            VALUES (0, '{packet}', 2, 1, 'a', 15, '{ReconciliationWorld.GrabLine(packet, 1, "a")}', 'refused', '', 5, 5)
            """);
        await world.Store.HashDeleteAsync(PacketKeys.Meta(0), "run");

        var answer = await Called.By(world, "", "op", context => world.Get<RepairEndpoints>().Replay(context), """{"all":true}""");

        Assert.Equal((503, "gate_closed"), (answer.Status, answer.Code));
        Assert.Equal(0, await world.Store.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task RowRefusedByTheLedger_IsARefusalAndNoOutage()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        await world.Record(ReconciliationWorld.GrabLine(packet, 1, "late"), ReconciliationWorld.GrabLine(packet, 2, "later"));
        await Correct("""{"ids":[1],"dryRun":false}""");
        world.Ledger.Execute("UPDATE accounts SET debits = 9223372036854775807 WHERE code = 'loss:0'");

        var refused = await Correct("""{"ids":[2],"dryRun":false}""");

        Assert.Equal((409, "totals_refused"), (refused.Status, refused.Code));
        Assert.Equal(1, world.Ledger.Number("SELECT count(*) FROM transfers WHERE kind = 4"));

        Task<Called> Correct(string body) =>
            Called.By(world, "", "op", context => world.Get<RepairEndpoints>().Correct(context), body);
    }

    [Theory]
    [InlineData("?reason=because", 400, "query_invalid")]
    [InlineData("?after=-1", 400, "page_invalid")]
    [InlineData("?limit=0", 400, "page_invalid")]
    [InlineData("?reason=conflict&after=0&limit=100", 200, null)]
    public async Task ParkedQuery_IsChecked(string query, int status, string? code)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);

        var answer = await Called.By(world, query, "op", context => world.Get<RepairEndpoints>().Parked(context));

        Assert.Equal((status, code), (answer.Status, answer.Code));
    }
}

public sealed class OperatorCallOnSqliteTests(RedisFixture redis) : OperatorCallTests(redis, null);

public sealed class OperatorCallOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : OperatorCallTests(redis, postgres);
