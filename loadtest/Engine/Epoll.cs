using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// Waits for many sockets on one thread with Linux's epoll, to the microsecond. Async sockets would switch threads for
/// each answer, on the cores that the generator measures.
/// </summary>
internal sealed class Epoll : IDisposable
{
    private const int Readable = 0x001;
    private const int Writable = 0x004;
    private const int MostEvents = 512;

    // The kernel packs this struct on x64 only.
    private static readonly int s_dataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int s_size = s_dataAt + 8;

    private readonly int _handle = NativeMethods.Create(0);
    private readonly byte[] _events = new byte[MostEvents * s_size];

    /// <exception cref="Win32Exception">This system has no epoll.</exception>
    public Epoll()
    {
        if (_handle < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>
    /// Watches a socket for incoming bytes. <see cref="Wait"/> then reports <paramref name="number"/>.
    /// </summary>
    public void Add(Socket socket, int number) => Control(1, socket, number, Readable);

    /// <summary>Starts or stops watching a socket for room to send.</summary>
    public void Watch(Socket socket, int number, bool forRoom) =>
        Control(3, socket, number, forRoom ? Readable | Writable : Readable);

    /// <summary>
    /// Waits for events, at most the given microseconds (0 returns immediately). Fills in the numbers of the ready
    /// sockets.
    /// </summary>
    public int Wait(long microseconds, Span<int> numbers)
    {
        var most = Math.Min(numbers.Length, MostEvents);
        var limit = new TimeLimit(microseconds / 1_000_000, microseconds % 1_000_000 * 1000);
        var count = NativeMethods.Wait(_handle, ref _events[0], most, ref limit, 0);
        // A signal that interrupts the wait counts as no event.
        for (var i = 0; i < count; i++)
            numbers[i] = (int)BinaryPrimitives.ReadInt64LittleEndian(_events.AsSpan((i * s_size) + s_dataAt));
        return Math.Max(count, 0);
    }

    public void Dispose() => _ = NativeMethods.Close(_handle);

    private void Control(int operation, Socket socket, int number, int events)
    {
        Span<byte> wanted = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(wanted, events);
        BinaryPrimitives.WriteInt64LittleEndian(wanted[s_dataAt..], number);
        if (NativeMethods.Control(_handle, operation, (int)socket.Handle, ref wanted[0]) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    private readonly record struct TimeLimit(long Seconds, long Nanoseconds);

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Create(int flags);

        [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Control(int epoll, int operation, int file, ref byte wanted);

        [DllImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Wait(int epoll, ref byte events, int most, ref TimeLimit limit, nint signals);

        [DllImport("libc", EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Close(int file);
    }
}
