using RedPacket.Comparison;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>Faults in totals: of the ledger's accounts, and of a packet's own.</summary>
[Needs("servers")]
public abstract class SeededTotalsTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("UPDATE accounts SET credits = credits + 7 WHERE code = 'wallet:b'", "wallet:b", "trial_balance,totals_recomputed")]
    [InlineData("UPDATE accounts SET debits = debits - 1 WHERE code = 'packet:{0}'", "packet:{0}", "trial_balance,totals_recomputed")]
    [InlineData(
        "UPDATE accounts SET debits = debits + 9 WHERE code = 'funding:0'; "
            + "UPDATE accounts SET credits = credits + 9 WHERE code = 'wallet:a'",
        "funding:0,wallet:a", "totals_recomputed")]
    public async Task AccountTotalChanged_NamedBesideItsRows(string fault, string accounts, string rules)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.SettledAmongOthers();
        world.Ledger.Execute(fault.Replace("{0}", packet, StringComparison.Ordinal));

        var report = await world.Report();

        Assert.Equal(
            accounts.Replace("{0}", packet, StringComparison.Ordinal).Split(',').Order(),
            report.Accounts.Select(account => account.Account).Order());
        Assert.Empty(report.Differences);
        SeededFaultTests.Fails(report, rules.Split(','));
    }

    [Fact]
    public async Task TotalsChangedToEvenOut_AreFoundFromTheFirstRow()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        await world.SettledAmongOthers();
        await world.Report(full: true);
        world.Ledger.Execute("""
            UPDATE accounts SET credits = credits + 5 WHERE code = 'wallet:a';
            UPDATE accounts SET credits = credits - 5 WHERE code = 'wallet:b'
            """);

        var full = await world.Report(full: true);

        Assert.Equal(["wallet:a", "wallet:b"], full.Accounts.Select(account => account.Account).Order());
        SeededFaultTests.Fails(full, "totals_recomputed");
    }

    [Fact]
    public async Task TotalOfAnArchivedPacketChanged_IsFoundFromTheFirstRow()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres, new PacketsOptions { Retain = TimeSpan.FromSeconds(1) });
        var packet = await world.Emptied("a");
        await world.Get<PacketArchiver>().ArchiveShard(0, ReconciliationWorld.Stop);
        world.Ledger.Execute($"UPDATE accounts SET debits = debits - 1 WHERE code = 'packet:{packet}'");

        var full = await world.Report(full: true);

        Assert.Equal([$"packet:{packet}"], full.Accounts.Select(account => account.Account));
        SeededFaultTests.Fails(full, "trial_balance", "totals_recomputed");
    }

    [Theory]
    [InlineData("left", 99)]
    [InlineData("amount", 5)]
    public async Task PacketsOwnAccountChanged_ConservationFails(string field, long fen)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a", "b");
        await world.Store.HashSetAsync(PacketKeys.Packet(0, packet), field, fen);

        var report = await world.Report();

        Assert.Equal(Verdict.Inconsistent, report.Verdict);
        Assert.Contains(report.Rules, rule => rule is { Id: "conservation_per_packet", Result: "FAIL", Delta: 1 });
    }
}

public sealed class SeededTotalsOnSqliteTests(RedisFixture redis) : SeededTotalsTests(redis, null);

public sealed class SeededTotalsOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : SeededTotalsTests(redis, postgres);
