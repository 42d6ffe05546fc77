namespace RedPacket.Demo;

/// <summary>One demo per data folder: two stores on the same files would ruin each other.</summary>
internal static class DataFolder
{
    /// <summary>Holds the folder until disposed (or until the process dies); throws when another demo has it.</summary>
    public static FileStream Take(string folder)
    {
        var path = Path.Combine(folder, "demo.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new IOException("another demo is using it.", exception);
        }
    }
}
