using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RedPacket.Tests.Servers;

/// <summary>
/// The proxy through which drills break connections, in front of a server that sends back what it gets.
/// </summary>
public sealed class TcpProxyTests : IAsyncLifetime
{
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(200);
    private readonly TcpListener _echo = new(IPAddress.Loopback, 0);
    private readonly StringBuilder _served = new();
    private TcpProxy _proxy = null!;

    public ValueTask InitializeAsync()
    {
        _echo.Start();
        _ = Echo();
        _proxy = new TcpProxy(((IPEndPoint)_echo.LocalEndpoint).Port);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _echo.Stop();
    }

    [Fact]
    public async Task Unfaulted_EverythingIsEchoed()
    {
        using var client = await Connect();

        Assert.Equal("hello", await Ask(client, "hello"));
        Assert.Equal(1, _proxy.Connections);
    }

    [Fact]
    public async Task BlackHole_IsSilentForOldAndNewConnectionsUntilHealed()
    {
        using var old = await Connect();
        await Ask(old, "hello");
        _proxy.BlackHole();
        using var late = await Connect();

        await Write(old, "lost");
        await Write(late, "lost");
        await IsSilent(old);
        await IsSilent(late);
        _proxy.Heal();

        await IsCut(old);
        using var again = await Connect();
        Assert.Equal("hello", await Ask(again, "hello"));
        Assert.DoesNotContain("lost", _served.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HalfOpen_TheServerHearsAndTheClientDoesNot()
    {
        using var client = await Connect();
        _proxy.ToClient.Swallows = true;

        await Write(client, "heard");

        await Eventually.Holds(() => _served.ToString() == "heard");
        await IsSilent(client);
    }

    [Fact]
    public async Task Delay_PostponesBytes()
    {
        using var client = await Connect();
        _proxy.ToClient.Delay = TimeSpan.FromMilliseconds(500);

        await Write(client, "slow");
        await IsSilent(client);

        Assert.Equal("slow", await Read(client, 4));
    }

    [Fact]
    public async Task Cut_EndsOpenConnectionsAndRefusesNewOnes()
    {
        using var client = await Connect();
        await Ask(client, "hello");
        _proxy.Refuse();
        await IsCut(client);
        await IsRefused();

        _proxy.Heal();

        using var again = await Connect();
        Assert.Equal("hello", await Ask(again, "hello"));
    }

    [Theory]
    [InlineData(false, "one COMMIT")]
    [InlineData(true, "one ")]
    public async Task CutAtPattern_EvenWhenItComesInTwoPieces(bool before, string served)
    {
        using var client = await Connect();
        _proxy.ToServer.CutAt("COMMIT"u8.ToArray(), before);
        Assert.Equal("one ", await Ask(client, "one "));

        Assert.False(_proxy.ToServer.CutHappened.IsCompleted);
        var wanted = before ? "COMMIT" : "COM";
        await Write(client, wanted);
        if (!before)
        {
            await Read(client, 3);
            await Write(client, "MIT");
        }

        await IsCut(client);
        await _proxy.ToServer.CutHappened;
        await Eventually.Holds(() => _served.ToString() == served);
    }

    [Fact]
    public async Task CutAfterBytes_PassesThemAndNoMore()
    {
        using var client = await Connect();
        _proxy.ToServer.CutAfter(3);

        await Write(client, "hello");

        await IsCut(client);
        await Eventually.Holds(() => _served.ToString() == "hel");
    }

    private async Task Echo()
    {
        while (_echo.Server.IsBound)
            _ = Serve(await _echo.AcceptTcpClientAsync());
    }

    private async Task Serve(TcpClient client)
    {
        using var served = client;
        var buffer = new byte[1024];
        for (int read; (read = await client.GetStream().ReadAsync(buffer)) > 0;)
        {
            lock (_served)
                _served.Append(Encoding.ASCII.GetString(buffer, 0, read));
            await client.GetStream().WriteAsync(buffer.AsMemory(0, read));
        }
    }

    private async Task<TcpClient> Connect()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        return client;
    }

    private static async Task<string> Ask(TcpClient client, string text)
    {
        await Write(client, text);
        return await Read(client, text.Length);
    }

    private static ValueTask Write(TcpClient client, string text) =>
        client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    private static async Task<string> Read(TcpClient client, int bytes)
    {
        var buffer = new byte[bytes];
        await client.GetStream().ReadExactlyAsync(buffer);
        return Encoding.ASCII.GetString(buffer);
    }

    private static Task IsSilent(TcpClient client) => Eventually.Never(() => client.Client.Poll(0, SelectMode.SelectRead), s_silence);

    // The cut may come while the connection is being made, or right behind it.
    private async Task IsRefused()
    {
        try
        {
            using var late = await Connect();
            await IsCut(late);
        }
        catch (SocketException exception)
        {
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        }
    }

    private static async Task IsCut(TcpClient client)
    {
        var buffer = new byte[1024];
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (await client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(10)) > 0)
                Assert.True(client.Connected);
        });
    }
}
