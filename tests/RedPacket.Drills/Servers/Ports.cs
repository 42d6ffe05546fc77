using System.Net;
using System.Net.Sockets;

namespace RedPacket.Drills.Servers;

/// <summary>
/// Free TCP ports on loopback, taken from below the range the kernel gives to outgoing connections: else a server that is killed and
/// restarted on its port could find it taken by a client.
/// </summary>
public static class Ports
{
    private const int First = 18000;
    private const int Last = 32000;
    private static readonly Lock s_lock = new();
    private static int s_next = First + (Environment.ProcessId * 97 % (Last - First));

    /// <summary>A port that nobody listens on, given out once per run.</summary>
    public static int Free()
    {
        lock (s_lock)
        {
            for (var tries = 0; tries < Last - First; tries++)
            {
                s_next = s_next >= Last ? First : s_next + 1;
                if (CanBind(s_next))
                    return s_next;
            }
        }
        throw new InvalidOperationException($"no free port from {First} to {Last}");
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

    private static bool CanBind(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
