using System.Net;
using System.Net.Sockets;
using System.Text;
using RedPacket.Demo;
using StackExchange.Redis;

namespace RedPacket.Tests.Demo;

/// <summary>
/// Only the demo itself may use its embedded store. Garnet skips what it does not understand, so commands in the body
/// of an HTTP request would be executed, and any web page can send such a request to this machine.
/// </summary>
public sealed class EmbeddedStoreTests
{
    private const string Forged = "*4\r\n$4\r\nZADD\r\n$7\r\n{0}:out\r\n$1\r\n1\r\n$6\r\nforged\r\n";

    [Fact]
    public async Task CallerWithoutThePassword_ChangesNothing()
    {
        using var folder = new Folder("store-door");
        await using var store = await EmbeddedStore.Start(folder.Root);
        var head = $"POST / HTTP/1.1\r\nHost: 127.0.0.1:{store.Port}\r\nOrigin: https://evil.example\r\nSec-Fetch-Mode: no-cors\r\n"
            + $"Content-Type: text/plain\r\nContent-Length: {Forged.Length}\r\n\r\n";
        foreach (var segments in (string[][])[[Forged], [head + Forged], [head, Forged]])
            Assert.DoesNotContain(":1\r\n", await Send(store.Port, segments), StringComparison.Ordinal);

        await using var owner = await ConnectionMultiplexer.ConnectAsync(store.ConnectionString);
        Assert.False(await owner.GetDatabase().KeyExistsAsync("{0}:out"));
    }

    private static async Task<string> Send(int port, string[] segments)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var answer = new StringBuilder();
        try
        {
            foreach (var segment in segments)
                await socket.SendAsync(Encoding.ASCII.GetBytes(segment));
            socket.Shutdown(SocketShutdown.Send);
            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer) is var count and > 0)
                answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // The store closes the connection of a caller that it refuses.
        }
        return answer.ToString();
    }
}
