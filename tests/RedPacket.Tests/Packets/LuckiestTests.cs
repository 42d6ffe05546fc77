using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RedPacket.Packets;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Packets;

/// <summary>The luckiest user of a closed packet is named without reading all shares.</summary>
[Needs("servers")]
public sealed class LuckiestTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Luckiest_IsReadFromThePacket_AndOfAnEarlierVersionFromAllShares()
    {
        await using var service = await Service.Start(redis, null);
        var packet = await service.Send(1000, 10);
        for (var user = 0; user < 10; user++)
            await service.Grabs.Grab(0, packet, $"user{user}");
        await redis.Database.ExecuteAsync("CONFIG", "RESETSTAT");

        var kept = await Luckiest(service, packet);
        var commands = (string)(await redis.Database.ExecuteAsync("INFO", "commandstats"))!;
        Assert.DoesNotContain("cmdstat_getrange", commands, StringComparison.Ordinal);
        await redis.Database.HashDeleteAsync(PacketKeys.Packet(0, packet), PacketFields.Best);
        var read = await Luckiest(service, packet);

        Assert.Equal(kept, read);
        var shares = await service.Packets.Claims(packet, 1, 10);
        var largest = shares.OrderByDescending(share => share.AmountFen).ThenBy(share => share.Ordinal).First();
        Assert.Equal((largest.UserId, largest.AmountFen), kept);
    }

    private static async Task<(string? User, long? Fen)> Luckiest(Service service, string packet)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = service.Of<IServiceProvider>() };
        context.Response.Body = body;
        await (await service.Of<PacketEndpoints>().One(context, packet)).ExecuteAsync(context);
        using var answer = JsonDocument.Parse(Encoding.UTF8.GetString(body.ToArray()));
        var luckiest = answer.RootElement.GetProperty("luckiest");
        return (luckiest.GetProperty("userId").GetString(), luckiest.GetProperty("amountFen").GetInt64());
    }
}
