using System.Net;
using System.Net.Sockets;

namespace RedPacket.Servers;

/// <summary>
/// Free TCP ports on loopback, below the range that the kernel gives to outgoing connections. A server that restarts on
/// its port never finds a client there, nor a server of another test program: each program reserves a block of ports.
/// </summary>
public static class Ports
{
    private const int First = 18_000;
    private const int Last = 32_000;
    private const int Block = 500;
    private static readonly Lock s_lock = new();
    private static readonly List<TcpListener> s_reservations = [];
    private static int s_next;
    private static int s_end;

    /// <summary>A port that nobody listens on, given out once per run.</summary>
    public static int Free()
    {
        lock (s_lock)
        {
            while (true)
            {
                if (s_next == s_end)
                    (s_next, s_end) = Reserve();
                if (CanBind(++s_next))
                    return s_next;
            }
        }
    }

    /// <summary>True when something accepts connections on the port.</summary>
    public static async Task<bool> Answers(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // The first port of a block is its lock: this program listens there until it ends, and accepts nobody.
    private static (int Next, int End) Reserve()
    {
        for (var block = First; block < Last; block += Block)
        {
            if (Listen(block) is { } reservation)
            {
                s_reservations.Add(reservation);
                return (block, block + Block - 1);
            }
        }
        throw new InvalidOperationException($"no free ports from {First} to {Last}");
    }

    private static bool CanBind(int port)
    {
        using var listener = Listen(port);
        return listener is not null;
    }

    private static TcpListener? Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
