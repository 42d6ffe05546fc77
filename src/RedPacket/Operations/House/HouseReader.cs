using System.Text.Json;
using System.Text.Json.Serialization;
using RedPacket.Comparison;
using RedPacket.Gate;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Ledger.Followers;
using RedPacket.Ledger.Pauses;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Operations;

/// <summary>The body of <c>GET /api/v1/house</c>.</summary>
/// <param name="Count">How many shards are in force: new packets are spread over them.</param>
/// <param name="RaisingTo">How many there are to be; null when all of them are in force.</param>
/// <param name="WaitsFor">What keeps the raise waiting, in words; null when nothing does.</param>
/// <param name="Processes">The processes of the service; null when Redis does not list its connections.</param>
/// <param name="Subscribers">How far each subscriber is.</param>
/// <param name="Paused">Who paused settlement; null while it is not paused.</param>
internal sealed record HouseAnswer(
    int Count, int? RaisingTo, string? WaitsFor, IReadOnlyList<HouseShard> Shards, IReadOnlyList<HouseLedger> Ledgers,
    IReadOnlyList<HouseProcess>? Processes, IReadOnlyList<HouseSubscriber> Subscribers, Pause? Paused);

/// <summary>How the gate of a shard is.</summary>
internal enum HouseGate
{
    Open,

    Shut,

    /// <summary>The shard's server does not answer.</summary>
    Away,
}

internal sealed class LowerCaseGate() : JsonStringEnumConverter<HouseGate>(JsonNamingPolicy.CamelCase);

/// <summary>One shard. A field that could not be read is null.</summary>
/// <param name="Run">The open run.</param>
/// <param name="Walk">How far the comparison of its packets with the ledger is; null when none is under way.</param>
/// <param name="Outbox">Entries that the ledger does not have yet.</param>
/// <param name="Node">The Redis server that holds it.</param>
internal sealed record HouseShard(
    int Shard, [property: JsonConverter(typeof(LowerCaseGate))] HouseGate Gate, string? Run, HouseWalk? Walk, long? Outbox,
    string? Node);

/// <summary>The packets of a shard that were compared since its gate was opened, and about how many are left.</summary>
internal sealed record HouseWalk(long Compared, long Left);

/// <summary>One ledger. <paramref name="Head"/>: the number of its last transfer.</summary>
internal sealed record HouseLedger(int Ledger, long Head);

/// <summary>One subscriber: how far it is, and how many transfers it has not reported yet.</summary>
internal sealed record HouseSubscriber(string Name, string State, long Position, long RowsBehind);

/// <summary>
/// Reads the house: its shards from Redis, its number of shards and the ledger's position from the ledger.
/// </summary>
internal sealed class HouseReader(
    IConnectionMultiplexer connection, RedisReader redis, GateReader gates, ShardGate gate, LedgerReader ledger, ShardCountKeeper keeper,
    HouseProcesses processes, SubscriberReader subscribers)
{
    /// <exception cref="OutageException">The house has no row yet: its first process is about to write it.</exception>
    public async Task<HouseAnswer> Read(CancellationToken cancellation)
    {
        var house = await Shards(cancellation);
        var shards = await Task.WhenAll(Enumerable.Range(0, house.Wanted).Select(shard =>
            gates.Ask(() => Read(shard), away: new HouseShard(shard, HouseGate.Away, null, null, null, null))));
        return new HouseAnswer(
            house.InForce, house.IsRaising ? house.Wanted : null, house.IsRaising ? keeper.WaitsFor : null, shards,
            [new HouseLedger(0, await ledger.Head(cancellation))], await processes.Read(),
            [.. (await subscribers.Read(cancellation)).Subscribers.Select(each =>
                new HouseSubscriber(each.Name, each.State, each.Position, each.RowsBehind))],
            await ledger.SettlementPause(cancellation));
    }

    /// <inheritdoc cref="Read(CancellationToken)"/>
    public async Task<HouseShards> Shards(CancellationToken cancellation) => await ledger.House(cancellation)
        ?? throw new OutageException(Outage.Gate, "The house has no number of shards yet.");

    private async Task<HouseShard> Read(int shard)
    {
        var database = connection.Primary();
        var (look, outbox) = (gate.Look(shard), database.SortedSetLengthAsync(PacketKeys.Out(shard)));
        var (node, walked) = (database.IdentifyEndpointAsync(PacketKeys.Meta(shard)), redis.Walked(shard));
        await Task.WhenAll(look, outbox, node, walked);
        var (run, (compared, of)) = (await look, await walked);
        return new HouseShard(
            shard, run is null ? HouseGate.Shut : HouseGate.Open, run?.Id,
            run?.IsWalked == true ? new HouseWalk(compared, Math.Max(of - compared, 0)) : null,
            await outbox, EndPointCollection.ToString(await node));
    }
}
