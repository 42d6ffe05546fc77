using Microsoft.AspNetCore.Http;
using RedPacket.Http;
using RedPacket.Packets;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Packets;

/// <summary>A packet whose terms cannot be read does not hide the others.</summary>
[Needs("servers")]
public sealed class DamagedTermsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("{}")]
    [InlineData("rubbish")]
    [InlineData("null")]
    public async Task DamagedTerms_ArePacketDamaged_AndTheListGoesOn(string terms)
    {
        await using var service = await Service.Start(redis, null);
        var (damaged, whole) = (await service.Send(100, 2), await service.Send(100, 2));
        await redis.Database.HashSetAsync(PacketKeys.Packet(0, damaged), PacketFields.Terms, terms);
        var calls = service.Of<PacketEndpoints>();

        var one = await Answer(context => calls.One(context, damaged));
        var list = await Answer(calls.Newest);

        Assert.Equal((503, true), (one.Status, one.Body.Contains("packet_damaged", StringComparison.Ordinal)));
        Assert.Equal((200, true), (list.Status, list.Body.Contains(whole, StringComparison.Ordinal)));
        Assert.DoesNotContain(damaged, list.Body, StringComparison.Ordinal);

        async Task<(int Status, string Body)> Answer(Func<HttpContext, Task<IResult>> call)
        {
            using var body = new MemoryStream();
            var context = new DefaultHttpContext { RequestServices = service.Of<IServiceProvider>() };
            context.Response.Body = body;
            await (await call(context)).ExecuteAsync(context);
            return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
        }
    }
}
