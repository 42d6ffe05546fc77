namespace RedPacket.Tests.Servers;

/// <summary>The fixtures themselves: what a test does to a server must really have happened to it.</summary>
[Needs("servers")]
public sealed class RedisServerTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task ServerKilledAndRestarted_KeepsAcknowledgedData()
    {
        await redis.Database.StringSetAsync("kept", "yes");

        await redis.Restart();

        Assert.Equal("yes", await redis.Database.StringGetAsync("kept"));
    }

    [Fact]
    public async Task Paused_AnswersNothingUntilResumed()
    {
        await redis.Database.PingAsync();

        redis.Pause();
        var ping = redis.Database.PingAsync();
        await Eventually.Never(() => ping.IsCompletedSuccessfully, TimeSpan.FromMilliseconds(200));
        redis.Resume();

        await Eventually.Holds(async () => await redis.Database.PingAsync() >= TimeSpan.Zero);
    }
}

[Collection(RabbitTests.Name)]
[Needs("servers")]
public sealed class RabbitServerTests(RabbitFixture rabbit)
{
    [Fact]
    public async Task AppStoppedAndStarted_PortIsClosedAndOpenAgain()
    {
        Assert.True(await Ports.Answers(new Uri(rabbit.ConnectionString).Port));

        await rabbit.StopApp();
        var open = await Ports.Answers(rabbit.Port);
        await rabbit.StartApp();

        Assert.False(open);
        // Hosts of other tests may be about: what counts is that it answers.
        Assert.NotNull(await rabbit.Queues());
    }
}
