using System.Globalization;
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
    private static readonly List<FileStream> s_reserved = [];
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

    // Until this process ends, nobody else on this machine gets the block's ports.
    private static (int Next, int End) Reserve()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "redpacket-tests")).FullName;
        for (var block = First; block < Last; block += Block)
        {
            try
            {
                var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"ports-{block}.lock"));
                s_reserved.Add(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
                return (block, block + Block);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another program has it, or this one; the next block may be free.
                continue;
            }
        }
        throw new InvalidOperationException($"no free ports from {First} to {Last}");
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
