using RedPacket.Messages;
using RedPacket.Repairs;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Repairs;

/// <summary>Parked entries in groups, by what their reasons have in common.</summary>
[Needs("servers")]
public abstract class ParkedGroupTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task EntriesOfOneCause_AreOneGroup_WithTheirTimesSumsAndReplays()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        Park(world, 1, "conflict", "credit account wallet:bob in the ledger, wallet:carol here", at: 1000);
        Park(world, 2, "conflict", "credit account wallet:dan in the ledger, wallet:erin here", at: 3000);
        Park(world, 3, "conflict", "25 fen in the ledger, 26 here", at: 2000);
        Park(world, 4, "refused", "CHECK constraint failed: escrow_not_overdrawn", at: 4000);
        Park(world, 5, "refused", "CHECK constraint failed: escrow_not_overdrawn", at: 5000, replays: 3);
        Park(world, 6, "refused", "CHECK constraint failed: escrow_not_overdrawn", at: 6000, isResolved: true);
        Park(world, 7, "refused", "CHECK constraint failed: escrow_not_overdrawn", at: 7000, kind: EntryKind.Fund);

        var list = await world.Get<ParkedGroups>().Read(ReconciliationWorld.Stop);

        Assert.True(list.IsWhole);
        Assert.Equal(
            [
                ("conflict", "grab", "credit account wallet:… in the ledger, wallet:… here", 2, 20, 0, 1),
                ("refused", "grab", "CHECK constraint failed: escrow_not_overdrawn", 2, 20, 3, 4),
                ("conflict", "grab", "… fen in the ledger, … here", 1, 10, 0, 3),
                ("refused", "fund", "CHECK constraint failed: escrow_not_overdrawn", 1, 10, 0, 7),
            ],
            list.Groups.Select(one => (one.Reason, one.Entry, one.Detail, one.Count, one.AmountFen, one.Replays, one.FirstId)));
        Assert.Equal(
            (1000, 3000), (list.Groups[0].FirstAt.ToUnixTimeMilliseconds(), list.Groups[0].LastAt.ToUnixTimeMilliseconds()));
    }

    [Fact]
    public async Task AmountsThatNoEntryMayHave_AreLeftOutOfTheSum()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        Park(world, 1, "refused", "amount_in_range", at: 1000, fen: long.MaxValue);
        Park(world, 2, "refused", "amount_in_range", at: 1000, fen: long.MaxValue);
        Park(world, 3, "refused", "amount_in_range", at: 1000, fen: 5);

        var group = Assert.Single((await world.Get<ParkedGroups>().Read(ReconciliationWorld.Stop)).Groups);

        Assert.Equal((3, 5), (group.Count, group.AmountFen));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("other terms in the ledger than here", "other terms in the ledger than here")]
    [InlineData("debit account packet:0-ab1 in the ledger, packet:0-ab2 here; 5 fen in the ledger, 6 here",
        "debit account packet:… in the ledger, packet:… here; … fen in the ledger, … here")]
    [InlineData("credit account loss:3", "credit account loss:…")]
    public void Detail_KeepsItsWords(string detail, string common) => Assert.Equal(common, ParkedGroups.Common(detail));

    private static void Park(
        ReconciliationWorld world, int ordinal, string reason, string detail, long at, int replays = 0, bool isResolved = false,
        EntryKind kind = EntryKind.Grab, long fen = 10) => world.Ledger.Execute($"""
        INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at,
            replays, resolved_at)
        VALUES (0, '0-ffffffffffff40008000000000000000', {(int)kind}, {ordinal}, 'mia', {fen}, 'line {ordinal}', '{reason}', '{detail}',
            {at}, 1, {replays}, {(isResolved ? "1" : "NULL")})
        """);
}

public sealed class ParkedGroupOnSqliteTests(RedisFixture redis) : ParkedGroupTests(redis, null);

public sealed class ParkedGroupOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : ParkedGroupTests(redis, postgres);
