using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// Opens closed connections on other threads, so that a server that is away does not block the generator's thread.
/// </summary>
internal sealed class Reconnector(TimeSpan connectLimit) : IDisposable
{
    private readonly ConcurrentQueue<Connection> _open = new();
    private readonly CancellationTokenSource _disposed = new();

    /// <summary>The number of connections that are not open yet.</summary>
    public int Pending { get; private set; }

    /// <summary>Closes a connection and opens it again.</summary>
    public void Reconnect(Connection connection)
    {
        connection.Close();
        Pending++;
        _ = Open(connection, _disposed.Token);
    }

    /// <summary>Takes a connection that is open again.</summary>
    public bool TryTake([NotNullWhen(true)] out Connection? connection)
    {
        if (!_open.TryDequeue(out connection))
            return false;
        Pending--;
        return true;
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private async Task Open(Connection connection, CancellationToken disposed)
    {
        while (!disposed.IsCancellationRequested)
        {
            try
            {
                await Task.Run(() => connection.Open(connectLimit), disposed);
                _open.Enqueue(connection);
                return;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }
}
