using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RedPacket.Tests.Contract;

/// <summary>Requests that no proper HTTP client sends, byte by byte.</summary>
[Collection(DemoTests.Name)]
[Needs("servers")]
public sealed class RawSocketTests(DemoProcess demo)
{
    private const string Head = "Host: localhost\r\nX-User-Id: anna\r\nConnection: close\r\n";

    private ApiClient Api => demo.Api;

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "/grabs")]
    public async Task LongPacketId_IsRefused(string method, string suffix)
    {
        foreach (var (length, expected) in ((int, int)[])[(15 * 1024, 400), (64 * 1024, 414)])
        {
            var status = await Exchange(
                $"{method} /api/v1/packets/{new string('a', length)}{suffix} HTTP/1.1\r\n{Head}Content-Length: 0\r\n\r\n");

            Assert.Equal(expected, status);
        }
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("GET\r\n\r\n")]
    [InlineData("GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n")]
    [InlineData("GET /health/live HTTP/1.1\r\n\r\n")]
    [InlineData("GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /health/live HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n")]
    [InlineData("GET /health/li\0ve HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/v1/packets/%zz HTTP/1.1\r\nHost: x\r\nX-User-Id: anna\r\nConnection: close\r\n\r\n")]
    [InlineData("POST /api/v1/packets HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /api/v1/packets HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("POST /api/v1/packets HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")]
    [InlineData("POST /api/v1/packets HTTP/1.1\r\nHost: x\r\nX-User-Id: anna\r\nContent-Type: application/json\r\n"
        + "Transfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task BrokenRequest_IsRefusedWithoutA500(string request)
    {
        var before = await Sums.Of(Api);

        var status = await Exchange(request);

        Assert.True(status is >= 400 and < 500 or 505, $"{status}");
        Assert.Equal(before, await Sums.Of(Api));
    }

    [Fact]
    public async Task BodyEndsEarly_ChangesNothing()
    {
        var before = await Sums.Of(Api);

        var head = $"POST /api/v1/packets HTTP/1.1\r\n{Head}Idempotency-Key: {ApiClient.NewKey()}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n";
        var status = await Exchange(head + "{\"kind\":", sendEnds: true);

        Assert.True(status is 0 or (>= 400 and < 500), $"{status}");
        Assert.Equal(before, await Sums.Of(Api));
    }

    [Fact]
    public async Task ChunkedBodyOver8Kilobytes_Returns413()
    {
        var chunk = "1000\r\n" + new string(' ', 0x1000) + "\r\n";
        var request = $"POST /api/v1/packets HTTP/1.1\r\n{Head}Idempotency-Key: {ApiClient.NewKey()}\r\n"
            + $"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}{chunk}0\r\n\r\n";

        Assert.Equal(413, await Exchange(request));
    }

    [Fact]
    public async Task GrabWithoutContentTypeAndLength_IsAccepted()
    {
        var packetId = await Api.Packet();

        Assert.Equal(200, await Exchange($"POST /api/v1/packets/{packetId}/grabs HTTP/1.1\r\n{Head}\r\n"));
        Assert.Equal("1", (await Api.Get($"/api/v1/packets/{packetId}"))["grabbedCount"]);
    }

    [Fact]
    public async Task GrabWithChunkedBody_Returns400()
    {
        var packetId = await Api.Packet();

        var request = $"POST /api/v1/packets/{packetId}/grabs HTTP/1.1\r\n{Head}"
            + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
        Assert.Equal(400, await Exchange(request));
        Assert.Equal("0", (await Api.Get($"/api/v1/packets/{packetId}"))["grabbedCount"]);
    }

    [Fact]
    public async Task HeadIncompleteAfterTenSeconds_ConnectionIsClosedAndOthersAreServed()
    {
        using var socket = await Connect();
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /health/live HTTP/1.1\r\nHost: loc"));

        Assert.Equal(200, (await Api.Get("/health/live", null)).Status);

        // Ends with the connection, and throws after two minutes.
        await Read(socket);
    }

    /// <summary>
    /// Sends the bytes and returns the status of the answer; 0 when the connection was closed without one.
    /// </summary>
    private async Task<int> Exchange(string request, bool sendEnds = false)
    {
        using var socket = await Connect();
        // The answer may come, and the connection go, before all is sent.
        var sending = socket.SendAsync(Encoding.Latin1.GetBytes(request));
        if (sendEnds)
        {
            await sending;
            socket.Shutdown(SocketShutdown.Send);
        }
        var answer = await Read(socket);
        var words = answer.Split(' ', 3);
        return words.Length >= 2 && words[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            ? int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture)
            : 0;
    }

    private async Task<Socket> Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Api.Address.Port);
        return socket;
    }

    private static async Task<string> Read(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer, limit.Token)) > 0;)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
                if (text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                    break;
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // A refused peer may be cut off while it still sends; what was read until then counts.
            return text.ToString();
        }
        return text.ToString();
    }
}
