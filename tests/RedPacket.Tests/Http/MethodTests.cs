using System.Net.Sockets;
using System.Text;

namespace RedPacket.Tests.Http;

/// <summary>HEAD, OPTIONS, the encoding of a body, and the last answers of a process that stops.</summary>
public sealed class MethodTests
{
    [Fact]
    public async Task Head_IsAnsweredLikeGetWithoutTheBody()
    {
        await using var app = await EdgeApp.Start();

        var head = await app.Send(HttpMethod.Head, "/me", app.Token("alice"));

        Assert.Equal((200, ""), (head.Status, head.Body));
        Assert.Equal(401, (await app.Send(HttpMethod.Head, "/me")).Status);
        Assert.Equal(405, (await app.Send(HttpMethod.Head, "/raw")).Status);
    }

    [Fact]
    public async Task Options_NamesTheMethodsOfAnAddress()
    {
        await using var app = await EdgeApp.Start();

        var answer = await app.Send(HttpMethod.Options, "/me");

        Assert.Equal((204, ""), (answer.Status, answer.Body));
        Assert.Equal(["GET", "HEAD", "OPTIONS"], answer.Content.Allow);
        Assert.Equal(404, (await app.Send(HttpMethod.Options, "/nothing")).Status);
    }

    [Theory]
    [InlineData("identity", 200)]
    [InlineData("Identity", 200)]
    [InlineData("gzip", 415)]
    [InlineData("identity, gzip", 415)]
    public async Task ContentEncoding_MayBeIdentity(string encoding, int status)
    {
        await using var app = await EdgeApp.Start();
        using var body = new StringContent("{\"name\":\"a\"}", Encoding.UTF8, "application/json");

        Assert.Equal(status, (await app.Send(HttpMethod.Post, "/raw", body: body, headers: [("Content-Encoding", encoding)])).Status);
    }

    [Fact]
    public async Task ProcessThatStops_ClosesTheConnectionWithItsAnswer()
    {
        await using var app = await EdgeApp.Start(("Http:DrainDelay", "00:00:05"));
        using var client = new TcpClient();
        await client.ConnectAsync(app.Client.BaseAddress!.Host, app.Client.BaseAddress.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        Assert.DoesNotContain("Connection: close", await Ask(stream), StringComparison.Ordinal);

        var stopping = app.Stop();
        await Eventually.Holds(() => app.IsStopping);

        Assert.Contains("Connection: close", await Ask(stream), StringComparison.Ordinal);
        app.Time.Advance(TimeSpan.FromSeconds(5));
        await stopping;
    }

    private static async Task<string> Ask(NetworkStream stream)
    {
        await stream.WriteAsync("GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        var (answer, buffer) = ("", new byte[4096]);
        // The body is chunked, and its end may come separately.
        while (!answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))
            answer += Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
        return answer;
    }
}
