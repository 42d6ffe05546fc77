using RedPacket.Comparison;
using RedPacket.Packets;
using RedPacket.Repairs;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Repairs;

/// <summary>
/// A missing entry is restored once, and the repair is written down. An entry in flight is never restored.
/// </summary>
[Needs("servers")]
public abstract class RepairTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task DryRun_NamesWhatIsMissing_AndChangesNothing()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("x");
        await world.InFlight("y");
        var packet = await world.Lost("a", "b");
        var before = await world.Store.SortedSetLengthAsync(PacketKeys.Out(0));

        var answer = await world.Get<MissingEntryRepair>().Everything(new("op"), dryRun: true, ReconciliationWorld.Stop);

        Assert.Equal((true, 3, 0), (answer.DryRun, answer.Found, answer.Issued));
        Assert.Equal([("fund", 0), ("grab", 1), ("grab", 2)], answer.Entries.Select(entry => (entry.Entry, entry.Ordinal)));
        Assert.All(answer.Entries, entry => Assert.Equal(packet, entry.PacketId));
        Assert.Equal(before, await world.Store.SortedSetLengthAsync(PacketKeys.Out(0)));
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM audits"));
    }

    [Fact]
    public async Task Repaired_IsInTheOutboxForTheSlowLane_Audited_AndOnceOnly()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Lost("a", "b", "c", "d", "e", "f");
        HashEntry[] expired = [new("state", "expired"), new("refund", 100), new("left", 0), new("closed", ReconciliationWorld.Made)];
        await world.Store.HashSetAsync(PacketKeys.Packet(0, packet), expired);

        var first = await world.Get<MissingEntryRepair>().Everything(new("op"), dryRun: false, ReconciliationWorld.Stop);
        var second = await world.Get<MissingEntryRepair>().Everything(new("op"), dryRun: false, ReconciliationWorld.Stop);

        Assert.Equal((8, 8, 0, 0), (first.Found, first.Issued, second.Found, second.Issued));
        var entries = await world.Store.SortedSetRangeByRankWithScoresAsync(PacketKeys.Out(0));
        Assert.Equal(8, entries.Length);
        Assert.All(entries, entry => Assert.Equal(1, entry.Score % 2));
        await world.Record([.. entries.Select(entry => (string)entry.Element!)]);
        await world.Store.KeyDeleteAsync(PacketKeys.Out(0));
        var report = await world.Report();
        Assert.Equal(Verdict.Consistent, report.Verdict);
        Assert.Equal([("op", "repair", 8L)], report.Healed.Select(healed => (healed.Actor, healed.Action, healed.Entries)));
    }

    [Fact]
    public async Task GateShut_NothingIsRestored()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Lost("a");
        await world.Store.HashDeleteAsync(PacketKeys.Meta(0), "run");

        Assert.Equal(0, (await world.Get<MissingEntryRepair>().Everything(new("op"), dryRun: false, ReconciliationWorld.Stop)).Found);
    }

    [Fact]
    public async Task LedgerAway_NothingIsRestored()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Lost("a");
        await world.Ledger.TakeAway();

        var repair = world.Get<MissingEntryRepair>();
        await Assert.ThrowsAnyAsync<Exception>(() => repair.Everything(new("op"), dryRun: false, ReconciliationWorld.Stop));
        Assert.Equal(0, await world.Store.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task NobodyRepairs_TheBackgroundRestoresIt()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Lost("a");
        var repair = world.Hosted<RepairLoop>();

        await repair.StartAsync(ReconciliationWorld.Stop);
        await Eventually.Holds(async () => await world.Store.SortedSetLengthAsync(PacketKeys.Out(0)) == 2);
        await repair.StopAsync(ReconciliationWorld.Stop);
    }

    [Fact]
    public async Task Totals_RebuiltFromTheirRows_Audited()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.Settled("a", "b");
        world.Ledger.Execute("UPDATE accounts SET credits = credits + 7 WHERE code = 'wallet:b'");

        var rebuilt = await world.Get<TotalsRebuild>().Run(new("op"), ReconciliationWorld.Stop);
        var again = await world.Get<TotalsRebuild>().Run(new("op"), ReconciliationWorld.Stop);

        Assert.Equal([new AccountDifference("wallet:b", 0, 32, 0, 25)], rebuilt);
        Assert.Empty(again);
        var report = await world.Report(full: true);
        Assert.Equal(Verdict.Consistent, report.Verdict);
        Assert.Equal(("totals", 1L), report.Healed.Select(healed => (healed.Action, healed.Entries)).Single());
    }

    [Fact]
    public async Task ParkedThatThePacketKnows_Replayed_AndRecordedOnce()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        Park(world, packet, 2, "b");

        var first = await world.Get<Replay>().Run(new("op"), null, ReconciliationWorld.Stop);
        var second = await world.Get<Replay>().Run(new("op"), null, ReconciliationWorld.Stop);

        Assert.Equal([1L], first.Replayed);
        Assert.Empty(first.Skipped);
        Assert.Equal([new SkippedEntry(1, "on_its_way")], second.Skipped);
        Assert.Equal(Verdict.Inconsistent, (await world.Report()).Verdict);
        await world.Record([.. (await world.Store.SortedSetRangeByRankAsync(PacketKeys.Out(0))).Select(line => (string)line!)]);
        await world.Store.KeyDeleteAsync(PacketKeys.Out(0));
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM parked"));
        Assert.Equal((Verdict.Consistent, 2), ((await world.Report(full: true)).Verdict, (await world.Report()).Claims.Settled));
    }

    [Fact]
    public async Task ParkedThatNobodyCanSendAgain_SkippedWithAReason()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record("not an entry", ReconciliationWorld.GrabLine(packet, 1, "late"));
        Park(world, "0-ffffffffffff40008000000000000000", 1, "a");

        var answer = await world.Get<Replay>().Run(new("op"), [1, 2, 3, 77], ReconciliationWorld.Stop);

        Assert.Empty(answer.Replayed);
        Assert.Equal(
            ["unreadable", "not_the_packets_own", "packet_unknown", "not_parked"],
            answer.Skipped.OrderBy(skip => skip.Id).Select(skip => skip.Reason));
        Assert.Equal(0, await world.Store.SortedSetLengthAsync(PacketKeys.Out(0)));
    }

    [Fact]
    public async Task ParkedList_ByReason_InPages()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record(
            "not an entry", ReconciliationWorld.GrabLine(packet, 1, "late"), ReconciliationWorld.GrabLine(packet, 1, "other"));
        var reader = world.Get<ParkedReader>();

        var first = await reader.Page(new(), 0, 2, ReconciliationWorld.Stop);
        var rest = await reader.Page(new(), first.Next!.Value, 2, ReconciliationWorld.Stop);
        var conflicts = await reader.Page(new("conflict"), 0, 100, ReconciliationWorld.Stop);

        Assert.Equal((3, 2, 1, null), (first.Total, first.Parked.Count, rest.Parked.Count, rest.Next));
        Assert.Equal(["unreadable", "conflict"], first.Parked.Select(line => line.Reason));
        Assert.Equal(["late", "other"], conflicts.Parked.Select(line => line.UserId));
    }

    private static void Park(ReconciliationWorld world, string packet, int ordinal, string user)
    {
        var line = ReconciliationWorld.GrabLine(packet, ordinal, user);
        world.Ledger.Execute($"""
            UPDATE accounts SET debits = debits - 25 WHERE code = 'packet:{packet}';
            UPDATE accounts SET credits = credits - 25 WHERE code = 'wallet:{user}' AND credits > 24;
            DELETE FROM transfers
            WHERE kind = 2 AND packet = (SELECT number FROM packets WHERE packet_id = '{packet}') AND ordinal = {ordinal};
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
            VALUES (0, '{packet}', 2, {ordinal}, '{user}', 25, '{line}', 'refused', 'for the test', 5, 5)
            """);
    }
}

public sealed class RepairOnSqliteTests(RedisFixture redis) : RepairTests(redis, null);

public sealed class RepairOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : RepairTests(redis, postgres);
