namespace RedPacket.Demo;

/// <summary>Allows one demo per data folder: two stores on the same files would damage each other.</summary>
internal static class DataFolderLock
{
    /// <summary>
    /// Locks the folder until the result is disposed or the process dies. Throws if another demo holds the lock.
    /// </summary>
    public static FileStream Acquire(string folder)
    {
        var path = Path.Combine(folder, "demo.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new IOException("Another demo is using it.", exception);
        }
    }
}
