using System.Net;
using System.Net.Sockets;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// One keep-alive connection. It has at most one request in flight and pipelines nothing. Only the generator's thread
/// uses it, except for <see cref="Open"/>.
/// </summary>
internal sealed class Connection(int number, EndPoint target) : IDisposable
{
    private const int LongestRequest = 8 * 1024;
    private const int LongestAnswer = 1100 * 1024;
    private readonly byte[] _out = new byte[LongestRequest];
    private byte[] _in = new byte[4096];
    private Socket? _socket;
    private int _outLength;
    private int _outSent;
    private int _inLength;

    /// <summary>Its index among the generator's connections.</summary>
    public int Number => number;

    /// <summary>The open socket; null while the connection is closed.</summary>
    public Socket? Socket => _socket;

    /// <summary>A request is in flight.</summary>
    public bool IsBusy { get; private set; }

    public Request Request { get; private set; }

    /// <summary>When the request was due, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long Due { get; private set; }

    /// <summary>When the request was sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Part of the request waits for room in the socket.</summary>
    public bool WaitsForRoom => _outSent < _outLength;

    /// <summary>The bytes received since the request was sent.</summary>
    public ReadOnlySpan<byte> Received => _in.AsSpan(0, _inLength);

    /// <summary>Connects. This is the only call that waits.</summary>
    public async Task Open(TimeSpan limit)
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var time = new CancellationTokenSource(limit);
            await socket.ConnectAsync(target, time.Token);
            socket.Blocking = false;
            _socket = socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Begins a request. Returns false when the connection is broken.</summary>
    public bool Begin(Request request, long due, long now, RequestSource requests)
    {
        (Request, Due, Sent, IsBusy) = (request, due, now, true);
        (_inLength, _outSent) = (0, 0);
        _outLength = requests.Render(request, _out);
        return Flush();
    }

    /// <summary>
    /// Sends the rest of the request as far as it fits into the socket. Returns false when the connection is broken.
    /// </summary>
    public bool Flush()
    {
        var sent = _socket!.Send(_out.AsSpan(_outSent, _outLength - _outSent), SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
            return false;
        _outSent += error == SocketError.Success ? sent : 0;
        return true;
    }

    /// <summary>
    /// Receives bytes and returns their number: 0 when the server closed the connection, -1 when there are none yet, -2
    /// when the connection is broken.
    /// </summary>
    public int Receive()
    {
        if (_inLength == _in.Length)
            Array.Resize(ref _in, Math.Min(_in.Length * 4, LongestAnswer));
        if (_inLength == _in.Length)
            return -2;
        var count = _socket!.Receive(_in.AsSpan(_inLength), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
            return -1;
        if (error != SocketError.Success)
            return -2;
        _inLength += count;
        return count;
    }

    /// <summary>Ends the request.</summary>
    public void Finish()
    {
        IsBusy = false;
        (_inLength, _outLength, _outSent) = (0, 0, 0);
    }

    /// <summary>Closes the socket. <see cref="Open"/> makes a new one.</summary>
    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
        Finish();
    }

    public void Dispose() => Close();
}
