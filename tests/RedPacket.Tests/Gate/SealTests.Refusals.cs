using RedPacket.Demo;
using RedPacket.Gate;
using RedPacket.Hosting;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Gate;

// Servers on which no gate is opened.
public sealed partial class SealTests
{
    [Fact]
    public async Task ServerWithoutAHistory_IsRefused_UnlessItIsEmbedded()
    {
        var folder = Directory.CreateTempSubdirectory();
        await using (var store = await EmbeddedStore.Start(folder.FullName))
            await OpensWhenEmbedded(store);
        await using (var restarted = await EmbeddedStore.Start(folder.FullName))
            await OpensWhenEmbedded(restarted);
        folder.Delete(recursive: true);
    }

    private static async Task OpensWhenEmbedded(EmbeddedStore store)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(store.ConnectionString);
        Assert.Null(await GateOf(connection).Look(0));

        var refused = await Assert.ThrowsAsync<OutageException>(() => new GateOpening(connection, 0, TimeProvider.System).Take());
        Assert.Contains("no replication id", refused.Message, StringComparison.Ordinal);
        await OpenGate.Of(connection, isEmbedded: true);
        await connection.GetDatabase().SetAddAsync(PacketKeys.Shards, 0);
        Assert.NotNull(await GateOf(connection).Look(0));
    }

    [Fact]
    public async Task UserWhoMayNotAskInfo_IsRefusedWithTheRemedy()
    {
        await _first.Server.ExecuteAsync("ACL", "SETUSER", "blind", "on", ">blind", "~*", "&*", "+@all", "-info");
        await using var connection = await _first.Connect("user=blind,password=blind");

        var refused = await Assert.ThrowsAsync<OutageException>(() => new GateOpening(connection, 0, TimeProvider.System).Take());
        Assert.Contains("+info", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecordsOfANewerProgram_AreLeftToIt()
    {
        await _first.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Version, "3");
        var opening = new GateOpening(_first.Connection, 0, TimeProvider.System);

        var refused = await Assert.ThrowsAsync<OutageException>(opening.Take);
        Assert.Contains("Update this program", refused.Message, StringComparison.Ordinal);
        Assert.False(await _first.Database.KeyExistsAsync(PacketKeys.Opener(0)));
    }
}
