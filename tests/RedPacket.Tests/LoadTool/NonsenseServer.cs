using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RedPacket.Tests.LoadTool;

/// <summary>A server that answers each request with the bytes it was told, and closes where it was told; what it is asked it does not read.</summary>
internal sealed class NonsenseServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, byte[]?> _answer;
    private readonly bool _closes;

    /// <param name="answer">From the request's text to the bytes of the answer; null: none.</param>
    /// <param name="closes">The connection is closed after each answer.</param>
    public NonsenseServer(Func<string, byte[]?> answer, bool closes = false)
    {
        (_answer, _closes) = (answer, closes);
        _listener.Start();
        _ = Accept();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = Serve(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        var buffer = new byte[4096];
        try
        {
            var stream = client.GetStream();
            while (await stream.ReadAsync(buffer, _stop.Token) is > 0 and var count)
            {
                if (_answer(Encoding.ASCII.GetString(buffer, 0, count)) is { } answer)
                {
                    // In two halves: an answer that comes in pieces is still one.
                    await stream.WriteAsync(answer.AsMemory(0, answer.Length / 2), _stop.Token);
                    await stream.FlushAsync(_stop.Token);
                    await stream.WriteAsync(answer.AsMemory(answer.Length / 2), _stop.Token);
                }
                if (_closes)
                    return;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The other side has gone, as a client that refuses nonsense does.
            return;
        }
    }
}
