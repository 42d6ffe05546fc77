using Microsoft.Extensions.Options;
using RedPacket.Gate;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

/// <summary>
/// A script moves money only on the data on which its gate was opened, whatever its caller believes (PROTOCOL 4.1).
/// </summary>
[Needs("servers")]
public sealed partial class SealTests : IAsyncLifetime
{
    private static readonly ScriptFile s_look = new("look.lua", asksTheSeal: true);
    private readonly RedisServer _first = new();
    private readonly RedisServer _second = new();

    public async ValueTask InitializeAsync()
    {
        await _first.Start();
        await _second.Start();
        await OpenGate.Of(_first.Connection);
        Assert.True(await IsOpen(_first));
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task PromotedReplica_IsShut_ThoughItRemembersThePreviousId()
    {
        await Follow(_second, _first);
        await OpenGate.Of(_first.Connection);
        await Synced(_second, _first);
        var seal = (string?)await _first.Database.HashGetAsync(PacketKeys.Meta(0), MetaFields.Seal);
        Assert.False(await IsOpen(_second));

        await Promote(_second);
        Assert.Contains($"master_replid2:{seal}", await Replication(_second), StringComparison.Ordinal);
        Assert.False(await IsOpen(_second));
        Assert.True(await IsOpen(_first));
    }

    [Fact]
    public async Task DemotedAndPromotedAgain_IsShut()
    {
        await Follow(_first, _second);
        Assert.False(await IsOpen(_first));
        await Promote(_first);
        Assert.False(await IsOpen(_first));
    }

    [Fact]
    public async Task DemotedWithoutEverFollowing_AndPromotedAgain_IsShut()
    {
        await _first.Server.ExecuteAsync("REPLICAOF", "127.0.0.1", Ports.Free());
        Assert.False(await IsOpen(_first));
        await Promote(_first);
        Assert.False(await IsOpen(_first));
    }

    [Fact]
    public async Task WritableReplica_IsShut()
    {
        await Follow(_second, _first);
        await OpenGate.Of(_first.Connection);
        await Synced(_second, _first);
        await _second.Server.ConfigSetAsync("replica-read-only", "no");

        Assert.False(await IsOpen(_second));
        await _second.Server.ConfigSetAsync("replica-read-only", "yes");
    }

    [Fact]
    public async Task ReplicaOfAReplica_Promoted_IsShut()
    {
        await using var third = new RedisServer();
        await third.Start();
        await Follow(_second, _first);
        await Follow(third, _second);
        await OpenGate.Of(_first.Connection);
        await Synced(third, _first);

        await Promote(third);
        Assert.False(await IsOpen(third));
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    public async Task Restarted_IsShut(string appendOnly)
    {
        await using var server = new RedisServer("always", "--appendonly", appendOnly);
        await server.Start();
        // A server that once had a replica keeps its id in the snapshot, and remembers it as the previous one after the
        // restart.
        await Follow(_second, server);
        await OpenGate.Of(server.Connection);
        Assert.True(await IsOpen(server));
        // The replica may be up before the child that sent it the data has ended.
        await Eventually.Holds(
            async () => ((string)(await server.Server.ExecuteAsync("INFO", "persistence"))!)
                .Contains("rdb_bgsave_in_progress:0", StringComparison.Ordinal),
            what: "no save is under way");
        await server.Server.ExecuteAsync("SAVE");

        await server.Restart();
        Assert.True(await server.Database.HashExistsAsync(PacketKeys.Meta(0), MetaFields.Seal));
        Assert.False(await IsOpen(server));
    }

    [Fact]
    public async Task Flushed_IsShut()
    {
        await _first.Flush();
        Assert.False(await IsOpen(_first));
    }

    [Theory]
    [InlineData(MetaFields.Seal, "")]
    [InlineData(MetaFields.Seal, "0000000000000000000000000000000000000000")]
    [InlineData(MetaFields.Seal, "master_replid")]
    [InlineData(MetaFields.Version, "3")]
    [InlineData(MetaFields.Node, "another")]
    public async Task DamagedSeal_IsShut(string field, string value)
    {
        // Outside of a cluster no server has a node id.
        await _first.Database.HashSetAsync(PacketKeys.Meta(0), field, value);
        Assert.False(await IsOpen(_first));
    }

    [Fact]
    public async Task LostScripts_ChangeNothing()
    {
        var gate = GateOf(_first.Connection);
        for (var i = 0; i < 20; i++)
        {
            await _first.Server.ScriptFlushAsync();
            Assert.NotNull(await gate.Look(0));
        }
    }

    [Fact]
    public async Task ServerReplacedInTheMidstOfAnOpening_IsNotOpenedByIt()
    {
        var opening = new GateOpening(_first.Connection, 0, TimeProvider.System);
        Assert.True(await opening.Take());
        await opening.Begin(0, fences: false);
        await _first.ChangeReplicationId();

        await Assert.ThrowsAsync<OpeningLostException>(opening.Renew);
        await Assert.ThrowsAsync<OpeningLostException>(() => opening.Open());
        Assert.False(await IsOpen(_first));
        await opening.Release();
        await OpenGate.Of(_first.Connection);
        Assert.True(await IsOpen(_first));
    }

    [Fact]
    public async Task NumberThatWasNeverHandedOut_ShutsTheGate()
    {
        var acknowledgement = new OutboxAcknowledgement(_first.Connection);
        var highest = (await GateOf(_first.Connection).Look(0))!.HighestSeq;
        await acknowledgement.Remove(0, [2, highest], "a", 1);
        Assert.True(await IsOpen(_first));

        await acknowledgement.Remove(0, [2, highest + 2], "a", 1);
        Assert.False(await IsOpen(_first));
    }

    [Fact]
    public async Task ReplicaIsNeverAsked_WhileThePrimaryIsAway()
    {
        await using var primary = new RedisServer();
        await primary.Start();
        await Follow(_second, primary);
        await primary.Database.StringSetAsync("where", "primary");
        await Synced(_second, primary);
        await using var both = await ConnectionMultiplexer.ConnectAsync(
            $"{primary.ConnectionString},127.0.0.1:{_second.Port},asyncTimeout=1000");
        Assert.Equal("primary", await both.Primary().StringGetAsync("where"));

        await primary.Kill();
        await Eventually.Holds(() => !both.GetServer("127.0.0.1", primary.Port).IsConnected);
        Assert.Equal("primary", await both.GetDatabase().StringGetAsync("where"));
        await Assert.ThrowsAnyAsync<RedisException>(() => both.Primary().StringGetAsync("where"));
    }

    private static ShardGate GateOf(IConnectionMultiplexer redis) =>
        new(redis, Options.Create(new HoldOptions()), TimeProvider.System);

    // On this server, whatever its role is.
    private static async Task<bool> IsOpen(RedisServer server) =>
        !(await server.Server.ExecuteAsync("EVAL", s_look.Text, 2, (string)PacketKeys.Meta(0)!, (string)PacketKeys.Wanted(0)!)).IsNull;

    private static async Task<string> Replication(RedisServer server) =>
        (string)(await server.Server.ExecuteAsync("INFO", "replication"))!;

    private static async Task Promote(RedisServer server) => await server.Server.ExecuteAsync("REPLICAOF", "NO", "ONE");

    private static async Task Follow(RedisServer replica, RedisServer primary)
    {
        await replica.Server.ExecuteAsync("REPLICAOF", "127.0.0.1", primary.Port);
        await Eventually.Holds(
            async () => (await Replication(replica)).Contains("master_link_status:up", StringComparison.Ordinal),
            what: "the replica follows");
    }

    // Everything that the primary has written so far has arrived.
    private static async Task Synced(RedisServer replica, RedisServer primary)
    {
        var offset = Offset(await Replication(primary), "master_repl_offset");
        await Eventually.Holds(
            async () => Offset(await Replication(replica), "slave_repl_offset") >= offset, what: "the replica has everything");
    }

    private static long Offset(string info, string name) =>
        long.Parse(info.Split('\n').First(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split(':')[1].Trim(),
            System.Globalization.CultureInfo.InvariantCulture);
}
