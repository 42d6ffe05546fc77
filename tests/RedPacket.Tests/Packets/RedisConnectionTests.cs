using System.Net;
using RedPacket.Packets;

namespace RedPacket.Tests.Packets;

/// <summary>The forms of the setting ConnectionStrings:Redis.</summary>
public sealed class RedisConnectionTests
{
    private static readonly ProcessName s_process = new(["grab", "relay"], "pay-3", 1204);

    [Theory]
    [InlineData("redis://localhost", "localhost", 6379, null, null, false, null)]
    [InlineData("redis://:s3cret@cache.example:7000", "cache.example", 7000, null, "s3cret", false, null)]
    [InlineData("redis://red:a,b%40c%3D%2F@cache.example/3", "cache.example", 6379, "red", "a,b@c=/", false, 3)]
    [InlineData("rediss://red:pass@cache.example:6380", "cache.example", 6380, "red", "pass", true, null)]
    public void Uri_NamesServerUserAndPassword(
        string text, string host, int port, string? user, string? password, bool tls, int? database)
    {
        var options = RedisConnection.Parse(text);

        Assert.Equal(new DnsEndPoint(host, port), Assert.Single(options.EndPoints));
        Assert.Equal((user, password, tls, database), (options.User, options.Password, options.Ssl, options.DefaultDatabase));
    }

    [Fact]
    public void UsualForm_TakesSeveralServersAndOptions()
    {
        var options = RedisConnection.Parse("a:6379,b:6379,password=p=w,asyncTimeout=9000");

        Assert.Equal("ab://cd", RedisConnection.Parse("a:6379,password=ab://cd").Password);
        Assert.Equal(2, options.EndPoints.Count);
        Assert.Equal(("p=w", 9000), (options.Password, options.AsyncTimeout));
    }

    // The drill promoted-demoted-promoted waited 60 s for each promotion with the client's usual value.
    [Theory]
    [InlineData("a:6379,b:6379", 1)]
    [InlineData("a:6379,b:6379,configCheckSeconds=30", 30)]
    public void RoleOfAServer_IsLookedAtEverySecondUnlessTheStringSaysOtherwise(string text, int seconds) =>
        Assert.Equal(seconds, RedisConnection.ForService(text, s_process).ConfigCheckSeconds);

    [Fact]
    public void NameOfTheConnections_SaysWhichProcessItIs()
    {
        var name = RedisConnection.ForService("a:6379", s_process).ClientName!;

        Assert.Equal("redpacket/grab+relay/pay-3/1204", name);
        var read = ProcessName.Read(name)!;
        Assert.Equal(["grab", "relay"], read.Roles);
        Assert.Equal(("pay-3", 1204), (read.Host, read.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("redpacket inspector")]
    [InlineData("redpacket/grab/pay-3")]
    [InlineData("redpacket/grab/pay-3/x")]
    [InlineData("other/grab/pay-3/1204")]
    public void NameOfAnotherProgram_IsNoProcess(string name) => Assert.Null(ProcessName.Read(name));

    [Theory]
    [InlineData("a:6379", 1500, 2000)]
    [InlineData("redis://:secret@a", 1500, 2000)]
    [InlineData("a:6379,asyncTimeout=700", 700, 2000)]
    [InlineData("a:6379,syncTimeout=800", 800, 2000)]
    [InlineData("a:6379,connecttimeout=9000,ASYNCTIMEOUT=8000", 8000, 9000)]
    public void TimeoutOfTheString_WinsOverTheServices(string text, int call, int connection)
    {
        var options = RedisConnection.ForService(text, s_process);

        Assert.Equal((call, connection), (options.AsyncTimeout, options.ConnectTimeout));
    }

    [Theory]
    [InlineData("localhost:6379,password=ab,s3cret")]
    [InlineData("http://:s3cret@localhost")]
    [InlineData("redis://:s3cret@")]
    [InlineData("redis://:s3cret@localhost?ssl=true")]
    [InlineData("redis://:s3cret@localhost/zero")]
    [InlineData("localhost:6379,pasword=s3cret")]
    [InlineData("localhost:6379,password=ab,s3cret=c")]
    [InlineData("localhost:6379,password=ab,ssl=s3cret")]
    public void AnotherForm_IsRefused_AndNoSecretIsQuoted(string text)
    {
        var refusal = Assert.Throws<FormatException>(() => RedisConnection.Parse(text));

        Assert.DoesNotContain("s3cret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownOptionBeforeThePassword_IsNamed() => Assert.Contains(
        "option alowAdmin ",
        Assert.Throws<FormatException>(() => RedisConnection.Parse("localhost:6379,alowAdmin=true,password=s3cret")).Message,
        StringComparison.Ordinal);
}
