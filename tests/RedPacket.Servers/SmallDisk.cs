using System.Globalization;

namespace RedPacket.Servers;

/// <summary>
/// A disk of a few megabytes that can be filled to the last byte: a tmpfs, which needs root to mount.
/// </summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly Folder _folder = new("disk");
    private bool _mounted;

    /// <summary>A path on it.</summary>
    public string File(string name) => Path.Combine(_folder.Root, name);

    /// <summary>Mounts it.</summary>
    /// <exception cref="ServerMissingException">It cannot be mounted here.</exception>
    public static async Task<SmallDisk> Mount(int megabytes)
    {
        var disk = new SmallDisk();
        var size = string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m");
        var (code, output) = await ServerProcess.Run("mount", ["-t", "tmpfs", "-o", size, "tmpfs", disk._folder.Root], Path.GetTempPath());
        disk._mounted = code == 0;
        if (disk._mounted)
            return disk;
        await disk.DisposeAsync();
        throw new ServerMissingException($"a small disk cannot be mounted here: {output.Trim()} (needs root)");
    }

    /// <summary>Leaves no byte free.</summary>
    public void Fill()
    {
        // Without a buffer: what could not be written must not be tried again when the file is closed.
        using var filler = System.IO.File.Create(File("filler"), bufferSize: 0);
        var block = new byte[64 * 1024];
        for (var size = block.Length; size > 0;)
        {
            try
            {
                filler.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Room again.</summary>
    public void Free() => System.IO.File.Delete(File("filler"));

    public async ValueTask DisposeAsync()
    {
        // Lazily: a process that still has a file open keeps it until it ends.
        if (_mounted)
            await ServerProcess.Run("umount", ["-l", _folder.Root], Path.GetTempPath());
        _folder.Dispose();
    }
}
