using System.Globalization;

namespace RedPacket.LoadTest.Target;

/// <summary>A process whose CPU time counts, with the processes that it started.</summary>
/// <param name="Name">Its name in the summary.</param>
internal sealed record Watched(string Name, int Id);

/// <summary>Reads the CPU time of processes and their children from /proc, in hundredths of a second.</summary>
internal static class ProcessTimes
{
    private const double TicksPerSecond = 100;

    /// <summary>Seconds used so far by name, without the processes that have ended.</summary>
    public static IReadOnlyDictionary<string, double> Read(IEnumerable<Watched> watched)
    {
        var processes = All();
        var children = processes.Values.ToLookup(process => process.Parent);
        var seconds = new Dictionary<string, double>();
        foreach (var (name, id) in watched)
        {
            if (processes.TryGetValue(id, out var root))
                seconds[name] = seconds.GetValueOrDefault(name) + (Ticks(root, children) / TicksPerSecond);
        }
        return seconds;
    }

    /// <summary>True while a process with this id runs.</summary>
    public static bool IsRunning(int id) => Directory.Exists($"/proc/{id}");

    private static long Ticks(Stat process, ILookup<int, Stat> children) =>
        process.Ticks + children[process.Id].Sum(child => Ticks(child, children));

    private static Dictionary<int, Stat> All()
    {
        var all = new Dictionary<int, Stat>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read(id) is { } stat)
                all[id] = stat;
        }
        return all;
    }

    private static Stat? Read(int id)
    {
        try
        {
            // The second field, the name, may contain anything and ends with the last ')'.
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            long At(int field) => long.Parse(fields[field - 3], CultureInfo.InvariantCulture);
            return new Stat(id, (int)At(4), At(14) + At(15) + At(16) + At(17));
        }
        catch (IOException)
        {
            // The process ended after the folder was listed.
            return null;
        }
    }

    /// <param name="Ticks">User and system time of the process and of its ended children.</param>
    private sealed record Stat(int Id, int Parent, long Ticks);
}
