using System.Globalization;

namespace RedPacket.Servers;

/// <summary>Damage to the data of a Redis server on disk.</summary>
public static class RedisFiles
{
    private const string AppendOnly = "appendonlydir";

    /// <summary>
    /// Cuts the end off the newest append-only file, as a power cut does with unwritten data. The server must be down.
    /// </summary>
    public static void CutTail(string data, int bytes)
    {
        var newest = Directory.GetFiles(Path.Combine(data, AppendOnly), "*.incr.aof").MaxBy(NumberOf)
            ?? throw new InvalidOperationException($"no append-only file in {data}");
        using var file = new FileStream(newest, FileMode.Open, FileAccess.Write);
        if (file.Length <= bytes)
            throw new InvalidOperationException($"{newest} has {file.Length} bytes only");
        file.SetLength(file.Length - bytes);
    }

    /// <summary>
    /// Backs the data up while the server runs, as Redis's manual has it: append-only files only grow, and nothing
    /// rewrites them here.
    /// </summary>
    public static void Backup(string data, string backup) =>
        Copy(Path.Combine(data, AppendOnly), Path.Combine(backup, AppendOnly));

    /// <summary>The backup instead of the data. The server must be down.</summary>
    public static void Restore(string data, string backup)
    {
        Directory.Delete(Path.Combine(data, AppendOnly), recursive: true);
        Copy(Path.Combine(backup, AppendOnly), Path.Combine(data, AppendOnly));
    }

    // appendonly.aof.<number>.incr.aof
    private static int NumberOf(string path) =>
        int.Parse(Path.GetFileName(path).Split('.')[^3], CultureInfo.InvariantCulture);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
