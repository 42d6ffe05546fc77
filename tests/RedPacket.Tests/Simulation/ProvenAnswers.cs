using RedPacket.Grabs;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// Grabs that a process answers without Redis, by a proof that still holds (PROTOCOL 3.5). It does so also while the
/// gate is shut.
/// </summary>
internal static class ProvenAnswers
{
    /// <summary>Has them answered, and returns the users whose grabs go to Redis.</summary>
    public static async Task<string[]> Take(
        SimulatedWorld world, SimulatedShard shard, string packetId, string[] users, SimulatedProcess process)
    {
        List<string> others = [];
        foreach (var user in users)
        {
            if (process.Get<FinalPackets>().Late(shard.Number, packetId, user) is not { } late)
            {
                others.Add(user);
                continue;
            }
            world.Reached.Add("late by a proof");
            var answer = await process.Get<GrabCoalescer>().Grab(shard.Number, packetId, user);
            var foretold = ClientRecord.Foretell(shard.Before, packetId, [user], world.OutboxLimit, shard.Store.Passed)[0];
            // Days pass until a packet is archived, and no process remembers it for so long.
            var isSame = foretold.Status == late || !shard.IsWell || world.LedgerNow.Archived.Contains(packetId);
            var holds = shard.Record.Shares.ContainsKey((packetId, user)) && !shard.Record.IsLost(packetId, user, shard.LedgerNow);
            Promises.Must(
                answer.Status == late && isSame && !holds,
                $"3: {user} grabs {packetId}: {answer} by a proof, and Redis says {foretold}");
        }
        return [.. others];
    }
}
