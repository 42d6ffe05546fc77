using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RedPacket.Comparison;
using RedPacket.Gate;
using RedPacket.Ledger;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Gate;

/// <summary>
/// Two servers that both take themselves for a shard's primary open it in turns, more and more slowly (PROTOCOL 4.6 d).
/// </summary>
[Needs("servers")]
public sealed class GateKeeperTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenedElsewhereAgainAndAgain_ItOpensMoreAndMoreSlowly_AndSaysSo()
    {
        await using var service = await Service.Start(redis, null);
        await service.Hosted<GateKeeper>().StopAsync(Stop);
        var log = new LogLines();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        using var keeper = ActivatorUtilities.CreateInstance<GateKeeper>(
            service.Of<IServiceProvider>(), logging.CreateLogger<GateKeeper>());
        await keeper.StartAsync(Stop);
        List<double> turns = [];

        for (var turn = 0; turn < 4; turn++)
        {
            var began = TimeProvider.System.GetTimestamp();
            var seen = (await service.Of<LedgerReader>().Recorded(0, Stop)).Run;
            Assert.True(await service.Of<Journal>().BeginRun(0, seen, $"elsewhere {turn}", 0, new RunBorder("", 0), Stop));
            await Eventually.Holds(async () => await service.Of<GateOpener>().IsOpen(0), what: "this server opens again");
            turns.Add(TimeProvider.System.GetElapsedTime(began).TotalSeconds);
        }

        await keeper.StopAsync(Stop);
        Assert.Equal(3, log.Count(6910));
        Assert.Contains("waits 8 s", log.Text, StringComparison.Ordinal);
        Assert.True(turns[0] < turns[3] && turns[3] >= 3, string.Join(", ", turns));
    }
}
