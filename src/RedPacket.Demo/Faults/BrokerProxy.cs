using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace RedPacket.Demo.Faults;

/// <summary>Stands between this process and its RabbitMQ, on a loopback port, so that the way can really be cut.</summary>
internal sealed class BrokerProxy : IAsyncDisposable
{
    private readonly Uri _broker;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly Task _accepting;
    private volatile bool _refusing;

    private BrokerProxy(Uri broker)
    {
        _broker = broker;
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>The broker's address, but by this way.</summary>
    public string Address => new UriBuilder(_broker) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri.AbsoluteUri;

    /// <summary>Null when there is no broker, or its name has to be the one in its certificate.</summary>
    public static BrokerProxy? To(string? connectionString) =>
        Uri.TryCreate(connectionString, UriKind.Absolute, out var broker) && broker.Scheme == "amqp" ? new BrokerProxy(broker) : null;

    /// <summary>Cuts every connection, and takes no new one.</summary>
    public void Refuse()
    {
        _refusing = true;
        foreach (var socket in _sockets.Keys)
            socket.Close(0);
    }

    /// <summary>As it should be again.</summary>
    public void Heal() => _refusing = false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Refuse();
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
                if (_refusing)
                    client.Close(0);
                await server.ConnectAsync(_broker.Host, _broker.Port > 0 ? _broker.Port : 5672, _stop.Token);
                client.NoDelay = server.NoDelay = true;
                await await Task.WhenAny(Pump(client, server), Pump(server, client));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // One side has gone, and the other with it.
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
