using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace RedPacket.Servers;

/// <summary>
/// A loopback port that forwards to another, and misbehaves on demand: delays, swallows, cuts. A fault holds
/// immediately, for open connections and for new ones, until it is healed.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly int _target;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Link, bool> _links = new();
    private readonly Task _accepting;
    private volatile bool _refusing;

    /// <summary>Forwards <see cref="Port"/> to a port of this machine.</summary>
    public TcpProxy(int target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>Bytes from clients to the server.</summary>
    public Direction ToServer { get; } = new();

    /// <summary>Bytes from the server to clients.</summary>
    public Direction ToClient { get; } = new();

    /// <summary>Open connections.</summary>
    public int Connections => _links.Count;

    /// <summary>Swallows everything both ways, on all connections. New ones are accepted and as silent.</summary>
    public void BlackHole() => ToServer.Swallows = ToClient.Swallows = true;

    /// <summary>Cuts every open connection, by RST.</summary>
    public void Cut()
    {
        foreach (var link in _links.Keys)
            link.Reset();
    }

    /// <summary>Cuts every open connection, and every new one immediately.</summary>
    public void Refuse()
    {
        _refusing = true;
        Cut();
    }

    /// <summary>
    /// Ends every fault. Connections from which something was swallowed are cut: a stream with a hole in it would be a
    /// fault that no network makes.
    /// </summary>
    public void Heal()
    {
        _refusing = false;
        ToServer.Heal();
        ToClient.Heal();
        foreach (var link in _links.Keys.Where(link => link.HasHole))
            link.Reset();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // The listener refuses to accept once it is stopped, and the loop may be between two connections.
        await _accepting;
        _listener.Stop();
        Cut();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Serve(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy was disposed.
            _refusing = true;
        }
    }

    private async Task Serve(Socket client)
    {
        using var link = new Link(client);
        _links[link] = true;
        try
        {
            if (_refusing)
                link.Reset();
            await link.Forward(_target, ToServer, ToClient);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            // One side has gone: so does the other, in the same way.
            link.Reset();
        }
        finally
        {
            _links.TryRemove(link, out _);
        }
    }

    /// <summary>One way through the proxy, of all connections together.</summary>
    public sealed class Direction
    {
        private readonly Lock _lock = new();
        private byte[] _pattern = [];
        private long _cutAfter = long.MaxValue;
        private TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Held back for this long before it is passed on.</summary>
        public TimeSpan Delay { get; set; }

        /// <summary>Taken and passed on to nobody: half-open when set one way only.</summary>
        public bool Swallows { get; set; }

        /// <summary>Ends when a cut that was asked for has happened.</summary>
        public Task CutHappened => _happened.Task;

        /// <summary>
        /// Cuts the connection on which these bytes pass, once. With <paramref name="before"/> they, and what comes
        /// with them, are not passed on.
        /// </summary>
        public void CutAt(byte[] pattern, bool before = false) => Arm(pattern, long.MaxValue, before);

        /// <summary>Cuts the connection on which the n-th byte from now on passes, once, behind that byte.</summary>
        public void CutAfter(long bytes) => Arm([], bytes, before: false);

        internal void Heal()
        {
            (Delay, Swallows) = (TimeSpan.Zero, false);
            Arm([], long.MaxValue, before: false);
        }

        private bool Before { get; set; }

        private void Arm(byte[] pattern, long cutAfter, bool before)
        {
            lock (_lock)
            {
                (_pattern, _cutAfter, Before) = (pattern, cutAfter, before);
                _happened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        // How many of the bytes may pass; and whether the connection is cut behind them. A pattern may begin in the
        // piece before.
        internal (int Pass, bool Cut) Judge(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> before)
        {
            lock (_lock)
            {
                if (_cutAfter <= bytes.Length)
                    return Cut((int)_cutAfter);
                if (_cutAfter != long.MaxValue)
                    _cutAfter -= bytes.Length;
                if (_pattern.Length == 0)
                    return (bytes.Length, false);
                byte[] seam = [.. before[^Math.Min(before.Length, _pattern.Length - 1)..], .. bytes];
                return seam.AsSpan().IndexOf(_pattern) < 0 ? (bytes.Length, false) : Cut(Before ? 0 : bytes.Length);
            }
        }

        private (int Pass, bool Cut) Cut(int pass)
        {
            (_pattern, _cutAfter) = ([], long.MaxValue);
            _happened.TrySetResult();
            return (pass, true);
        }
    }

    private sealed class Link(Socket client) : IDisposable
    {
        private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        /// <summary>Something was swallowed.</summary>
        public bool HasHole { get; private set; }

        public async Task Forward(int target, Direction toServer, Direction toClient)
        {
            await _server.ConnectAsync(IPAddress.Loopback, target);
            client.NoDelay = _server.NoDelay = true;
            // The first to fail ends both: a connection is cut in whole.
            await foreach (var pump in Task.WhenEach(Pump(client, _server, toServer), Pump(_server, client, toClient)))
            {
                if (!pump.IsCompletedSuccessfully)
                    Reset();
            }
        }

        /// <summary>Closes both sides by RST.</summary>
        public void Reset()
        {
            client.Close(0);
            _server.Close(0);
        }

        public void Dispose()
        {
            client.Dispose();
            _server.Dispose();
        }

        private async Task Pump(Socket from, Socket to, Direction direction)
        {
            var buffer = new byte[64 * 1024];
            byte[] last = [];
            for (int read; (read = await from.ReceiveAsync(buffer)) > 0;)
            {
                if (direction.Delay > TimeSpan.Zero)
                    await Eventually.Pause(direction.Delay);
                if (direction.Swallows)
                {
                    HasHole = true;
                    continue;
                }
                var (pass, cut) = direction.Judge(buffer.AsSpan(0, read), last);
                await Send(to, buffer.AsMemory(0, pass));
                if (cut)
                    Reset();
                last = buffer[Math.Max(0, read - 256)..read];
            }
            to.Shutdown(SocketShutdown.Send);
        }

        private static async Task Send(Socket to, ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0)
                bytes = bytes[await to.SendAsync(bytes)..];
        }
    }
}
