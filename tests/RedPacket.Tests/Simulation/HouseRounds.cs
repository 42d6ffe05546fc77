namespace RedPacket.Tests.Simulation;

/// <summary>A shard that is well is served, whatever has become of the others.</summary>
internal static class HouseRounds
{
    /// <summary>
    /// A shard that is well is served while another is not: what it has granted is recorded. Some rounds, because a
    /// relay rests.
    /// </summary>
    public static async Task Serve(SimulatedWorld world)
    {
        const int rounds = 20;
        var well = world.Shards.Where(shard => shard.IsCompared && !shard.IsAway).ToList();
        if (well.Count is 0 || well.Count == world.Shards.Count || !world.Ledger.IsUp || world.Ledger.InTrouble)
            return;
        world.Reached.Add("one of two served");
        for (var round = 0; round < rounds; round++)
        {
            await world.Drain(well);
            var stores = await Task.WhenAll(well.Select(shard => shard.Store.Look(world.Step)).ToList());
            // The ledger may have gone back: then the gate has to compare again first.
            var runs = world.Ledger.Look().Runs;
            if (stores.All(store => store.Out.Count == 0) || well.Any(shard => runs[shard.Number].Length == 0))
                return;
            world.Clock.Advance(SimulatedWorld.BeyondEveryPause);
        }
        throw new PromiseBrokenException("promise 8: a shard that is well was not served while another was not");
    }
}
