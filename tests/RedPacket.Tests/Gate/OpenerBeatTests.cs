using Microsoft.Extensions.Time.Testing;
using RedPacket.Gate;
using RedPacket.Packets;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Gate;

/// <summary>A right ends soon after its process, and not while its holder works (PROTOCOL 4.6 a).</summary>
[Needs("servers")]
public sealed class OpenerBeatTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(1);
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Beat_RenewsTheRight_UntilItIsGivenUp()
    {
        await redis.Flush();
        var beat = new OpenerBeat(_clock) { IsOn = true };
        var opening = await Take();
        var keeping = beat.Keep(opening, int.MaxValue);

        for (var i = 0; i < 3; i++)
        {
            await redis.Database.KeyExpireAsync(PacketKeys.Opener(0), 10 * s_life);
            await Eventually.Holds(async () => Passes() && await redis.Database.KeyTimeToLiveAsync(PacketKeys.Opener(0)) <= s_life);
        }
        await opening.Release();

        await Eventually.Holds(() => Passes() && keeping.IsCompletedSuccessfully);
        await Take();
    }

    [Fact]
    public async Task HolderThatIsSilentForTooLong_IsNotKept()
    {
        await redis.Flush();
        var opening = await Take();
        var keeping = new OpenerBeat(_clock) { IsOn = true }.Keep(opening, OpenerBeat.UsualSilenceMs);

        await Eventually.Holds(() => Passes() && keeping.IsCompletedSuccessfully);

        Assert.True(opening.Silence.TotalMilliseconds >= OpenerBeat.UsualSilenceMs);
        Assert.False(opening.IsOver);
    }

    [Fact]
    public void RightOfAHolderThatBeats_EndsBeforeCallersAreRefused()
    {
        Assert.True(new OpenerBeat(_clock) { IsOn = true }.LifeOf(10_000) < new HoldOptions().HoldFor.TotalMilliseconds);
        Assert.Equal(10_000, new OpenerBeat(_clock).LifeOf(10_000));
    }

    private async Task<GateOpening> Take()
    {
        var opening = new GateOpening(redis.Connection, 0, _clock) { LifeMs = (int)s_life.TotalMilliseconds };
        Assert.True(await opening.Take());
        return opening;
    }

    private bool Passes()
    {
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        return true;
    }
}
