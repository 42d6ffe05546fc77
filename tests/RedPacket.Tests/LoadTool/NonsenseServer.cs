using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RedPacket.Tests.LoadTool;

/// <summary>
/// A server that answers each request with given bytes, and closes the connection if wanted. It does not parse
/// requests.
/// </summary>
internal sealed class NonsenseServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, byte[]?> _answer;
    private readonly bool _closes;

    /// <param name="answer">Makes the bytes of an answer from a request's text, or null for none.</param>
    /// <param name="closes">Closes the connection after each answer.</param>
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
                    // Send two halves, because an answer may arrive in pieces.
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
            // The client closed the connection, as it does after a malformed answer.
            return;
        }
    }
}
