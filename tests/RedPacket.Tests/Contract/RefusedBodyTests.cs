using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace RedPacket.Tests.Contract;

/// <summary>
/// A client that writes all of its request before it reads a byte gets the refusal, and not a reset connection.
/// </summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class RefusedBodyTests(DemoProcess demo)
{
    private const int Length = 3_000_000;
    private const int Piece = 0x4000;
    private const string Json = "X-User-Id: anna\r\nContent-Type: application/json\r\n";

    private ApiClient Api => demo.Api;

    [Theory]
    [InlineData("/api/v1/packets", Json + "Idempotency-Key: big\r\n", 413, "body_too_large")]
    [InlineData("/api/v1/packets", Json + "Idempotency-Key: big\r\nContent-Encoding: gzip\r\n", 415, "content_encoding_unsupported")]
    [InlineData("/api/v1/packets", "X-User-Id: anna\r\n", 415, "media_type_unsupported", true)]
    [InlineData("/api/v1/packets", "Content-Type: application/json\r\n", 401, "unauthenticated", true)]
    [InlineData("/api/v1/consistency/repairs", Json, 403, "forbidden", true)]
    [InlineData("/nowhere", Json, 404, "not_found", true)]
    [InlineData("/api/v1/packets/" + ApiClient.Unknown + "/grabs", "X-User-Id: anna\r\n", 400, "body_not_allowed", true)]
    public async Task BodyWrittenBeforeTheAnswerIsRead_AnswerArrives(
        string path, string headers, int status, string code, bool onlyChunked = false)
    {
        foreach (var chunked in onlyChunked ? [true] : new[] { false, true })
        {
            using var socket = await Connect();

            var (answered, said) = await Refused(socket, path, headers, chunked);

            Assert.Equal((status, code, chunked), (answered, said, chunked));
            Assert.True(await IsStillServed(socket), "the connection was closed after the refusal");
        }
    }

    [Fact]
    public async Task ConnectionClosesAfterTheAnswer_AnswerArrives()
    {
        using var socket = await Connect();

        Assert.Equal((413, "body_too_large"), await Refused(socket, "/api/v1/packets", Json + "Connection: close\r\n", chunked: false));
    }

    /// <summary>
    /// The answer, and any reset that could cut the writer off, arrives before most of the body is written.
    /// </summary>
    private static async Task<(int Status, string Code)> Refused(Socket socket, string path, string headers,
        bool chunked)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var length = chunked
            ? "Transfer-Encoding: chunked"
            : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Length / Piece * Piece}");
        var piece = Encoding.ASCII.GetBytes(chunked ? $"{Piece:x}\r\n{new string(' ', Piece)}\r\n" : new string(' ', Piece));
        await socket.SendAsync(
            Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n\r\n"),
            cancellation);
        for (var sent = 0; sent < Length / Piece; sent++)
        {
            if (sent == 2)
                await Eventually.Holds(() => socket.Available > 0);
            for (var rest = piece.AsMemory(); rest.Length > 0;)
                rest = rest[await socket.SendAsync(rest, cancellation)..];
        }

        if (chunked)
            await socket.SendAsync("0\r\n\r\n"u8.ToArray(), cancellation);
        return await Read(socket);
    }

    private static async Task<bool> IsStillServed(Socket socket)
    {
        await socket.SendAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        var buffer = new byte[1024];
        var read = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(buffer, 0, read).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
    }

    /// <summary>Reads head and problem, which is one small object, sent in chunks or with its length.</summary>
    private static async Task<(int Status, string Code)> Read(Socket socket)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        var text = "";
        var buffer = new byte[4096];
        while (!text.EndsWith(text.Contains("chunked", StringComparison.Ordinal) ? "\r\n0\r\n\r\n" : "}", StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer, limit.Token);
            Assert.True(read > 0, $"the answer ended early: {text}");
            text += Encoding.UTF8.GetString(buffer, 0, read);
        }

        var problem = text[text.IndexOf('{', StringComparison.Ordinal)..(text.IndexOf('}', StringComparison.Ordinal) + 1)];
        return (
            int.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture),
            JsonDocument.Parse(problem).RootElement.GetProperty("code").GetString()!);
    }

    private async Task<Socket> Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Api.Address.Port, TestContext.Current.CancellationToken);
        return socket;
    }
}
