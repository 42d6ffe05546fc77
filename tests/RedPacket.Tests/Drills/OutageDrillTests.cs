using Microsoft.Data.Sqlite;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Drills;

/// <summary>Each server and process away for a while, under load, in a deployment of three processes. No grab's answer depends on any of them but Redis.</summary>
[Collection(DrillTests.Name)]
public sealed class OutageDrillTests(RabbitServer rabbit) : IAsyncLifetime
{
    private readonly int _seed = Environment.TickCount;
    private Cluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await Cluster.Start(rabbit);

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }

    [Fact]
    public Task BrokerStopped_GrabsGoOnAndEverythingIsSettledAfterwards() => Drilled("broker stopped", async client =>
    {
        await rabbit.StopApp();
        await Unnoticed(client);
        await rabbit.StartApp();
    });

    [Fact]
    public Task LedgerLocked_GrabsGoOnAndEverythingIsSettledAfterwards() => Drilled("ledger locked", async client =>
    {
        using var connection = new SqliteConnection($"Data Source={_cluster.LedgerPath};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        await Unnoticed(client);
        transaction.Rollback();
    });

    [Fact]
    public Task RelayAndSettlementKilled_GrabsGoOnAndEverythingIsSettledAfterwards() => Drilled("relay and settlement killed", async client =>
    {
        for (var kill = 0; kill < 3; kill++)
        {
            await _cluster.Books.Kill();
            await Eventually.Pause(Drill.Calm);
            await _cluster.Books.Start(untilReady: false);
            await Eventually.Pause(Drill.Calm);
        }
        Assert.Equal(0, client.Record.Unavailable);
    });

    [Fact]
    public Task GrabProcessKilled_WhatItAnsweredIsKept() => Drilled("grab process killed", async _ =>
    {
        for (var kill = 0; kill < 3; kill++)
        {
            await _cluster.Grab.Kill();
            await _cluster.Grab.Start();
            await Eventually.Pause(Drill.Calm);
        }
    });

    [Fact]
    public Task RedisKilledAndRestarted_WhatWasAnsweredIsKept() => Drilled("Redis killed", async client =>
    {
        for (var kill = 0; kill < 2; kill++)
        {
            await _cluster.Redis.Restart();
            var answered = client.Record.Answered;
            await Eventually.Holds(() => client.Record.Answered > answered + 100, Drill.Recovery, "the gate is open again");
        }
    });

    [Fact]
    public Task BrokerLosesItsQueues_NothingIsLost() => Drilled("queues deleted", async _ =>
    {
        foreach (var queue in (await rabbit.Queues()).Keys)
            await rabbit.Purge(queue);
        await Eventually.Pause(Drill.Calm);
        await rabbit.Restart();
    });

    private async Task Unnoticed(LoadClient client)
    {
        var (won, unavailable, unknown) = (client.Record.Won.Count, client.Record.Unavailable, client.Record.Unknown);
        await Eventually.Pause(Drill.Outage);
        Assert.True(client.Record.Won.Count > won, "nothing was won during the outage");
        Assert.Equal((unavailable, unknown), (client.Record.Unavailable, client.Record.Unknown));
        Assert.NotEqual("INCONSISTENT", (await _cluster.Report()).GetProperty("verdict").GetString());
    }

    private async Task Drilled(string name, Func<LoadClient, Task> fault)
    {
        using var client = _cluster.Client(LoadPlan.Moderate(_seed));

        await Drill.Under(client, () => fault(client));

        var circumstances = $"{name}, seed {_seed}, {client.Record.Answered} answers, {client.Record.Unavailable} times 503, {client.Record.Unknown} unanswered";
        var report = await Drill.Consistent(_cluster.Report, circumstances);
        Assert.Equal(0, await Witnesses.Outbox(_cluster.Redis.Server, _cluster.Redis.Database));
        Drill.Agree(client.Record, Witnesses.Ledger($"Data Source={_cluster.LedgerPath}"), await Witnesses.Redis(_cluster.Redis.Server, _cluster.Redis.Database), report, circumstances);
    }
}
