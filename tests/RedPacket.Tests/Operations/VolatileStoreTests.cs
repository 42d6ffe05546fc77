using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Operations;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Operations;

/// <summary>
/// On a Redis that may forget, nothing is granted unless a setting allows it. Each test starts a separate server.
/// </summary>
[Needs("servers")]
public sealed class VolatileStoreTests
{
    [Theory]
    [InlineData("appendonly", "no")]
    [InlineData("maxmemory-policy", "allkeys-lru")]
    public async Task SendAndGrab_AreRefusedWithTheRemedy(string setting, string value)
    {
        await using var redis = new RedisServer();
        await redis.Start();
        await redis.Server.ConfigSetAsync(setting, value);
        await using var service = await Service.Start(redis, null);

        var send = await Assert.ThrowsAsync<OutageException>(() => service.Send(100, 1));
        var grab = await Assert.ThrowsAsync<OutageException>(() => service.Grabs.Grab(0, $"0-{Guid.NewGuid():N}", "bob"));

        Assert.All([send, grab], refused =>
        {
            Assert.Equal("store_volatile", EdgeProblems.ForOutage(refused)!.Code);
            Assert.Contains(setting, refused.Message, StringComparison.Ordinal);
            Assert.Contains("Redis:AllowVolatile=true", refused.Message, StringComparison.Ordinal);
        });
        Assert.EndsWith(", refused)", (await service.Of<InfoReader>().Read(CancellationToken.None)).Banner[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllowedBySetting_MoneyMoves_AndTheBannerSaysSo()
    {
        await using var redis = new RedisServer();
        await redis.Start();
        await redis.Server.ConfigSetAsync("appendonly", "no");
        await using var service = await Service.Start(redis, null, "--Redis:AllowVolatile=true");

        var packet = await service.Send(100, 1);

        Assert.Equal(100, (await service.Grabs.Grab(0, packet, "bob")).AmountFen);
        var line = (await service.Of<InfoReader>().Read(CancellationToken.None)).Banner[0];
        Assert.Contains(": volatile (", line, StringComparison.Ordinal);
        Assert.EndsWith(", allowed by Redis:AllowVolatile)", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingChangedAtRunTime_IsNoticed_AndSoIsItsRepair()
    {
        await using var redis = new RedisServer();
        await redis.Start();
        var time = new FakeTimeProvider();
        await using var app = await OperationsApp.Start(redis.ConnectionString, services => services.AddSingleton<TimeProvider>(time));
        await OperationsApp.OpenGate(redis);
        await Eventually.Holds(() => Looks(time, () => Seen(app) is null));

        await redis.Server.ConfigSetAsync("appendonly", "no");
        await Eventually.Holds(() => Looks(time, () => Seen(app) == Outage.VolatileStore));

        await redis.Server.ConfigSetAsync("appendonly", "yes");
        await Eventually.Holds(() => Looks(time, () => Seen(app) is null));
    }

    [Fact]
    public async Task StoreNotInspectedYet_NothingIsGranted()
    {
        await using var app = await OperationsApp.Start("127.0.0.1:1,connectTimeout=100");

        Assert.Equal(Outage.Store, Seen(app));
    }

    private static bool Looks(FakeTimeProvider time, Func<bool> seen)
    {
        time.Advance(TimeSpan.FromSeconds(30));
        return seen();
    }

    private static Outage? Seen(OperationsApp app)
    {
        try
        {
            app.Services.GetRequiredService<StoreRefusal>().Check();
            return null;
        }
        catch (OutageException refused)
        {
            return refused.Outage;
        }
    }
}
