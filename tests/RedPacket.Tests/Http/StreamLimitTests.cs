using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Http.Limits;

namespace RedPacket.Tests.Http;

/// <summary>How many streams are open at the same time.</summary>
public sealed class StreamLimitTests
{
    private readonly StreamLimit _limit = new(
        Options.Create(new HttpOptions { Streams = 3, StreamsPerAddress = 2 }),
        new ConfigurationBuilder().AddInMemoryCollection([new("management-urls", "http://localhost:5099")]).Build());

    [Fact]
    public void StreamsOfAnAddress_HaveALimit()
    {
        Assert.Null(Open("203.0.113.1").Refusal);
        Assert.Null(Open("203.0.113.1").Refusal);

        Assert.Equal((503, "streams_full"), Open("203.0.113.1").Refusal is { } refusal ? (refusal.Status, refusal.Code) : default);
        Assert.Null(Open("203.0.113.2").Refusal);
    }

    [Fact]
    public void AllStreams_HaveALimit()
    {
        for (var i = 1; i <= 3; i++)
            Assert.Null(Open($"203.0.113.{i}").Refusal);

        Assert.Equal("streams_full", Open("203.0.113.4").Refusal?.Code);
    }

    [Fact]
    public void AddressesOfOneNetwork_ShareALimit()
    {
        Assert.Null(Open("2001:db8::1").Refusal);
        Assert.Null(Open("2001:db8::ffff:2").Refusal);

        Assert.Equal("streams_full", Open("2001:db8:0:0:1::3").Refusal?.Code);
        Assert.Null(Open("2001:db8:0:1::1").Refusal);
    }

    [Fact]
    public void AddressAsIPv6_IsThatAddress()
    {
        Assert.Null(Open("203.0.113.1").Refusal);
        Assert.Null(Open("::ffff:203.0.113.1").Refusal);

        Assert.NotNull(Open("203.0.113.1").Refusal);
        Assert.Null(Open("::ffff:203.0.113.2").Refusal);
    }

    [Fact]
    public void AllStreamsTaken_OperatorsStillWatch()
    {
        AllStreams_HaveALimit();

        Assert.Null(Open("203.0.113.4", port: 5099).Refusal);
        Assert.NotNull(Open("203.0.113.4").Refusal);
    }

    [Fact]
    public async Task StreamThatEnds_GivesItsPlaceBack_AndARefusedOneHasNone()
    {
        var first = Open("203.0.113.1");
        Open("203.0.113.1");
        for (var i = 0; i < 10; i++)
            Assert.NotNull(Open("203.0.113.1").Refusal);

        await first.End();

        Assert.Null(Open("203.0.113.1").Refusal);
        Assert.Null(Open("203.0.113.2").Refusal);
    }

    private (Problem? Refusal, Func<Task> End) Open(string address, int port = 80)
    {
        var answer = new AnswerThatEnds();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseFeature>(answer);
        context.Connection.LocalPort = port;
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        return (_limit.TryOpen(context), answer.End);
    }

    private sealed class AnswerThatEnds : HttpResponseFeature
    {
        private Func<Task> _ended = () => Task.CompletedTask;

        public Task End() => _ended();

        public override void OnCompleted(Func<object, Task> callback, object state) => _ended = () => callback(state);
    }
}
