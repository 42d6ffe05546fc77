using System.Globalization;
using RedPacket.Comparison;
using RedPacket.Packets;
using RedPacket.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>One fault each, done to a consistent world: the report names it, row by row, and nothing else.</summary>
[Needs("servers")]
public abstract class SeededFaultTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task TransferDeleted_MissingInLedger_AndTheTotalsSayWhichAccounts()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.SettledAmongOthers();
        world.Ledger.Execute($"DELETE FROM transfers WHERE {Where(packet, 2, 3)}");

        var report = await world.Report();

        Is(report, DifferenceKind.Missing, "grab", packet, "c", 3, ReconciliationWorld.FenAt(3), null);
        Assert.Equal(1, report.Claims.Missing);
        Fails(report, "granted_is_on_its_way_or_recorded", "totals_recomputed");
        Assert.Equal([$"packet:{packet}", "wallet:c"], report.Accounts.Select(account => account.Account).Order());
    }

    [Fact]
    public async Task AmountChanged_AmountMismatch()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.SettledAmongOthers();
        world.Ledger.Execute($"UPDATE transfers SET amount_fen = 1 WHERE {Where(packet, 2, 2)}");

        var report = await world.Report();

        Is(report, DifferenceKind.Mismatch, "grab", packet, "b", 2, ReconciliationWorld.FenAt(2), 1);
        Fails(report, "granted_is_on_its_way_or_recorded", "totals_recomputed");
    }

    [Fact]
    public async Task UsersSwapped_BothNamedWithTheLedgersUser()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.SettledAmongOthers();
        world.Ledger.Execute($"""
            UPDATE transfers
            SET credit_account = CASE ordinal
                WHEN 1 THEN (SELECT id FROM accounts WHERE code = 'wallet:b')
                ELSE (SELECT id FROM accounts WHERE code = 'wallet:a') END
            WHERE packet = (SELECT number FROM packets WHERE packet_id = '{packet}') AND kind = 2 AND ordinal IN (1, 2)
            """);

        var report = await world.Report();

        Assert.Equal([("a", 1, "b"), ("b", 2, "a")], report.Differences.Select(d => (d.UserId!, d.Ordinal, d.LedgerUserId!)));
        Assert.All(report.Differences, d => Assert.Equal((DifferenceKind.Mismatch, d.RedisFen), (d.Kind, d.LedgerFen)));
        Assert.Equal(2, report.Claims.Mismatch);
        Fails(report, "granted_is_on_its_way_or_recorded");
    }

    [Fact]
    public async Task TransferAdded_OrphanInLedger()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.SettledAmongOthers();
        await world.Record(ReconciliationWorld.GrabLine(packet, 7, "stranger"));

        var report = await world.Report();

        Is(report, DifferenceKind.Orphan, "grab", packet, "stranger", 7, null, ReconciliationWorld.FenAt(7));
        Assert.Equal(1, report.Claims.Orphan);
        Fails(report, "granted_is_on_its_way_or_recorded");
    }

    [Fact]
    public async Task SecondTransferOfTheSameUser_DuplicateAndOrphan()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.SettledAmongOthers();
        await world.Record(ReconciliationWorld.GrabLine(packet, 7, "b"));

        var report = await world.Report();

        Assert.Equal([(DifferenceKind.Orphan, 7), (DifferenceKind.Duplicate, 7)], report.Differences.Select(d => (d.Kind, d.Ordinal)));
        Assert.Equal((1, 1), (report.Claims.Orphan, report.Claims.Duplicate));
        Fails(report, "granted_is_on_its_way_or_recorded", "one_share_per_user");
    }

    [Fact]
    public async Task KeyWithTwoPackets_NamesTheSecondUntilItIsArchived()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var (_, packet) = (await world.Settled("a"), await world.Settled("b"));
        world.Ledger.Execute($"UPDATE packets SET repeats = 1 WHERE packet_id = '{packet}'");

        var report = await world.Report();

        Assert.Equal((DifferenceKind.Duplicate, "fund", packet), report.Differences.Select(d => (d.Kind, d.Entry, d.PacketId)).Single());
        Fails(report, "one_packet_per_key");
    }

    [Fact]
    public async Task UserTwiceInThePacketItself_Duplicate()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b", "a");

        var report = await world.Report();

        Assert.Contains(report.Differences, d => (d.Kind, d.UserId, d.Ordinal, d.PacketId) == (DifferenceKind.Duplicate, "a", 1, packet));
        Fails(report, "conservation_per_packet", "conservation_in_sum", "granted_is_on_its_way_or_recorded", "one_share_per_user");
    }

    [Fact]
    public async Task OutboxEntryRemovedBeforeItWasRecorded_MissingInLedger_TheOthersInFlight()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.InFlight("a", "b");
        await world.Store.SortedSetRemoveAsync(PacketKeys.Out(0), ReconciliationWorld.GrabLine(packet, 2, "b"));

        var report = await world.Report();

        Assert.Equal(Verdict.Inconsistent, report.Verdict);
        Assert.Equal([(DifferenceKind.Missing, "grab", 2), (DifferenceKind.InFlight, "fund", 0), (DifferenceKind.InFlight, "grab", 1)],
            report.Differences.Select(d => (d.Kind, d.Entry, d.Ordinal)));
        Assert.Equal((1, 1), (report.Claims.InFlight, report.Claims.Missing));
    }

    [Fact]
    public async Task EntryParked_ListedAsParked_NotAsMissing()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.SettledAmongOthers();
        await world.Record(ReconciliationWorld.GrabLine(packet, 2, "late"));

        var report = await world.Report();

        Is(report, DifferenceKind.Parked, "grab", packet, "late", 2, ReconciliationWorld.FenAt(2), ReconciliationWorld.FenAt(2));
        Assert.Equal((1, 6), (report.Claims.Parked, report.Claims.Settled));
        Fails(report, "nothing_parked");
    }

    [Fact]
    public async Task ParkedClaim_IsParkedAndNotMissing()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        var line = ReconciliationWorld.GrabLine(packet, 2, "b");
        world.Ledger.Execute($"DELETE FROM transfers WHERE {Where(packet, 2, 2)}");
        world.Ledger.Execute($"""
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
            VALUES (0, '{packet}', 2, 2, 'b', 25, '{line}', 'refused', 'for the test', 5, 5)
            """);

        var report = await world.Report();

        Assert.Equal((0, 1, 1), (report.Claims.Missing, report.Claims.Parked, report.Claims.Settled));
        Assert.Equal(DifferenceKind.Parked, Assert.Single(report.Differences).Kind);
    }

    [Fact]
    public async Task PacketDeletedInRedis_EveryRowOfItAnOrphan()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.SettledAmongOthers();
        var packet = await world.Expired("x", "y");
        await world.Store.KeyDeleteAsync(PacketKeys.Packet(0, packet));

        var listed = await world.Report();
        await world.Store.SortedSetRemoveAsync(PacketKeys.Live(0), packet);
        var unlisted = await world.Report();

        Assert.All([listed, unlisted], report =>
        {
            Assert.Equal([("fund", 0), ("refund", 0), ("grab", 1), ("grab", 2)], report.Differences.Select(d => (d.Entry, d.Ordinal)));
            Assert.All(report.Differences, d => Assert.Equal((DifferenceKind.Orphan, packet), (d.Kind, d.PacketId)));
            Assert.Equal(2, report.Claims.Orphan);
        });
    }

    [Theory]
    [InlineData(1, "fund")]
    [InlineData(3, "refund")]
    public async Task FundOrRefundDeleted_MissingUnderItsKind_AndNotAmongTheClaims(int kind, string entry)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Expired("x");
        world.Ledger.Execute($"DELETE FROM transfers WHERE {Where(packet, kind, 0)}");

        var report = await world.Report();

        Is(report, DifferenceKind.Missing, entry, packet, "sender", 0, kind == 1 ? 115 : 100, null);
        Assert.Equal((1, 0), (report.Claims.Settled, report.Claims.Missing));
    }

    [Fact]
    public async Task LastClaimForgottenByRedis_OrphanInLedger()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.SettledAmongOthers();
        var key = PacketKeys.Packet(0, packet);
        await world.Store.HashDeleteAsync(key, ["o:6", "u:f"]);
        await world.Store.HashSetAsync(key, "next", 6);
        await world.Store.HashIncrementAsync(key, "left", ReconciliationWorld.FenAt(6));

        var report = await world.Report();

        Is(report, DifferenceKind.Orphan, "grab", packet, "f", 6, null, ReconciliationWorld.FenAt(6));
        Fails(report, "granted_is_on_its_way_or_recorded");
    }

    private static string Where(string packet, int kind, int ordinal) =>
        $"packet = (SELECT number FROM packets WHERE packet_id = '{packet}')"
        + string.Create(CultureInfo.InvariantCulture, $" AND kind = {kind} AND ordinal = {ordinal}");

    private static void Is(
        ConsistencyReport report, string kind, string entry, string packet, string user, int ordinal, long? redisFen, long? ledgerFen)
    {
        Assert.Equal(Verdict.Inconsistent, report.Verdict);
        var found = Assert.Single(report.Differences);
        Assert.Equal((kind, entry, packet, user, ordinal), (found.Kind, found.Entry, found.PacketId, found.UserId, found.Ordinal));
        Assert.Equal((redisFen, ledgerFen), (found.RedisFen, found.LedgerFen));
    }

    internal static void Fails(ConsistencyReport report, params string[] rules)
    {
        Assert.Equal(Verdict.Inconsistent, report.Verdict);
        Assert.Equal(rules, report.Rules.Where(rule => rule.Result == "FAIL").Select(rule => rule.Id));
    }
}

public sealed class SeededFaultOnSqliteTests(RedisFixture redis) : SeededFaultTests(redis, null);

public sealed class SeededFaultOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : SeededFaultTests(redis, postgres);
