using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace RedPacket.Demo.Faults;

/// <summary>
/// Relays this process's connections to RabbitMQ through a loopback port, so that they can really be cut.
/// </summary>
internal sealed class BrokerProxy : IAsyncDisposable
{
    private readonly Uri _broker;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly Task _accepting;
    private volatile bool _isCut;

    private BrokerProxy(Uri broker)
    {
        _broker = broker;
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>The connection string of the broker through this proxy.</summary>
    public string ConnectionString =>
        new UriBuilder(_broker) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri.AbsoluteUri;

    /// <summary>
    /// Null without a broker, and for amqps, where the broker's host name must match its certificate.
    /// </summary>
    public static BrokerProxy? Create(string? connectionString) =>
        Uri.TryCreate(connectionString, UriKind.Absolute, out var broker) && broker.Scheme == "amqp" ? new BrokerProxy(broker) : null;

    /// <summary>Closes every connection and accepts no new one.</summary>
    public void Cut()
    {
        _isCut = true;
        foreach (var socket in _sockets.Keys)
            socket.Close(0);
    }

    /// <summary>Accepts connections again.</summary>
    public void Restore() => _isCut = false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Cut();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (true)
            _ = Serve(await _listener.AcceptSocketAsync(_stop.Token));
    }

    private async Task Serve(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            (_sockets[client], _sockets[server]) = (true, true);
            try
            {
                if (_isCut)
                    client.Close(0);
                await server.ConnectAsync(_broker.Host, _broker.Port > 0 ? _broker.Port : 5672, _stop.Token);
                client.NoDelay = server.NoDelay = true;
                await await Task.WhenAny(Pump(client, server), Pump(server, client));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // One side is closed, so the other is closed too.
                client.Close(0);
            }
            finally
            {
                _sockets.TryRemove(client, out _);
                _sockets.TryRemove(server, out _);
            }
        }
    }

    private static async Task Pump(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReceiveAsync(buffer)) > 0;)
        {
            for (var rest = buffer.AsMemory(0, read); rest.Length > 0;)
                rest = rest[await to.SendAsync(rest)..];
        }
    }
}
