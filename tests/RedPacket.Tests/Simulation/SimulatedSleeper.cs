using System.Data.Common;
using RedPacket.Gate;
using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The second process of the world, stopped at any call to the store in the middle of one piece of work. Meanwhile the
/// first goes on. Then the second wakes, much too late, or dies.
/// </summary>
internal sealed class SimulatedSleeper(SimulatedWorld world)
{
    private Task? _work;
    private SimulatedShard? _opens;
    private bool _sleepsOn;

    /// <summary>It begins to open a gate, and stops.</summary>
    public async Task Open(SimulatedShard shard, int calls, bool isCalled)
    {
        if (!IsFree || shard.IsCompared || shard.IsAway)
            return;
        _opens = shard;
        await shard.Store.ExpireOpener();
        await Start(() => world.Second.Open(shard.Number), calls, isCalled);
        shard.Record.IsHalfRebuilt = true;
        await shard.Refresh();
    }

    /// <summary>It begins to send, and stops.</summary>
    /// <param name="sleepsOn">Also while Redis loses what it had.</param>
    public async Task Send(Func<SimulatedProcess, Task> send, int calls, bool isCalled, bool sleepsOn = false)
    {
        if (!IsFree)
            return;
        (_opens, _sleepsOn) = (null, sleepsOn);
        await Start(() => send(world.Second), calls, isCalled);
    }

    /// <summary>It goes on where it stopped. False when nothing sleeps.</summary>
    public async Task<bool> Wake()
    {
        if (_work is null)
            return false;
        world.Reached.Add(_opens is null ? "sender woke" : "keeper woke");
        var wait = world.Clock.NextWait;
        world.Second.Network.Wake();
        await Drive(_work, wait);
        await End();
        return true;
    }

    /// <summary>It dies where it stopped.</summary>
    public async Task Die()
    {
        (_work, _opens) = (null, null);
        await world.KillSecond();
    }

    /// <summary>The shard whose opening sleeps, or null.</summary>
    public SimulatedShard? Opens => _work is null ? null : _opens;

    /// <summary>
    /// It dies when it was sending: few sleep while Redis loses something, or for the days until a packet is archived.
    /// </summary>
    public Task KillSender() => _work is not null && _opens is null && !_sleepsOn ? Die() : Task.CompletedTask;

    // Messages that it holds for settlement would sleep with it.
    private bool IsFree => _work is null && world.Ledger.IsUp && !world.Second.Settlement.Delivered.Any();

    private async Task Start(Func<Task> work, int calls, bool isCalled)
    {
        world.Second.Network.StopAfter(calls, isCalled);
        var wait = world.Clock.NextWait;
        _work = work();
        if (await Drive(_work, wait))
            return;
        world.Second.Network.Wake();
        await End();
    }

    // True when it has stopped.
    private async Task<bool> Drive(Task work, Task wait)
    {
        while (await Task.WhenAny(work, world.Second.Network.Stopped, wait) == wait)
        {
            wait = world.Clock.NextWait;
            world.Clock.Advance(SimulatedWorld.BeyondEveryPause);
        }
        return !work.IsCompleted;
    }

    private async Task End()
    {
        var (work, opens) = (_work!, _opens);
        (_work, _opens) = (null, null);
        try
        {
            await work;
        }
        catch (Exception exception) when (exception is OpeningLostException or OutageException or RedisException or DbException)
        {
            // The keeper says so, and tries again later.
        }
        world.Second.Network.HasSlept = false;
        foreach (var shard in world.Shards)
            await shard.Refresh();
        if (opens is not null)
            world.Reached.Add("keeper stopped");
    }
}
