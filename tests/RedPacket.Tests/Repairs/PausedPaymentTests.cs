using RedPacket.Ledger;
using RedPacket.Repairs;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Repairs;

/// <summary>Payments without a person wait while settlement is paused.</summary>
[Needs("servers")]
public abstract class PausedPaymentTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task SettlementIsPaused_TheHousePaysNothing()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.RecordLate(ReconciliationWorld.GrabLine(packet, 1, "mia"));
        var house = new HouseRecord(world.Journal, world.Get<AuditTrail>(), TimeProvider.System);
        await house.AtLeast(1, ReconciliationWorld.Stop);
        await house.Pause(Actor.Repair, "a test", ReconciliationWorld.Stop);
        await Eventually.Holds(() => world.Journal.State.Pause is not null);

        var paused = await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop);
        await house.Resume(Actor.Repair, ReconciliationWorld.Stop);
        await Eventually.Holds(() => world.Journal.State.Pause is null);
        var resumed = await world.Get<LostRunCorrections>().Pay(0, Actor.Repair, ReconciliationWorld.Stop);

        Assert.Equal((0, 1), (paused, resumed));
    }
}

public sealed class PausedPaymentOnSqliteTests(RedisFixture redis) : PausedPaymentTests(redis, null);

public sealed class PausedPaymentOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : PausedPaymentTests(redis, postgres);
