using RedPacket.Hosting;
using RedPacket.Subscribers.Following;

namespace RedPacket.Subscribers;

/// <summary>The command line: rooms, how they start, and settings.</summary>
/// <param name="Rooms">All of them when none is named.</param>
/// <param name="Settings">The other words, for .NET.</param>
/// <param name="Mistake">The first mistake; null when there is none.</param>
internal sealed record RoomArguments(IReadOnlyList<SubscriberRoom> Rooms, RoomStart Start, string[] Settings, string? Mistake)
{
    public const string From = "--from";
    public const string Again = "--again";

    private const string First = "start";
    private const string Newest = "now";

    /// <summary>Names of rooms come first. The two options may be anywhere.</summary>
    public static RoomArguments Read(string[] args)
    {
        string[] names = [.. args.TakeWhile(word => word is not ['-' or '/', ..] && !word.Contains('=', StringComparison.Ordinal))];
        var (start, mistake) = (new RoomStart(), names.Select(UnknownRoom).FirstOrDefault(unknown => unknown is not null));
        List<string> settings = [];
        for (var i = names.Length; i < args.Length; i++)
        {
            if (args[i] == Again)
                start = start with { Again = true };
            else if (args[i] == From || args[i].StartsWith($"{From}=", StringComparison.Ordinal))
                (start, mistake) = (start with { FromNow = Origin(args, ref i) is Newest }, mistake ?? WrongOrigin(args[i]));
            else
                settings.Add(args[i]);
        }
        return new RoomArguments(
            names.Length == 0 ? Subscribers.Rooms.All : [.. Subscribers.Rooms.All.Where(room => names.Contains(room.Name))],
            start, [.. settings], mistake);
    }

    private static string Origin(string[] args, ref int i)
    {
        if (args[i] == From && i + 1 < args.Length)
            i++;
        return ValueOf(args[i]);
    }

    private static string? WrongOrigin(string word) => ValueOf(word) is First or Newest
        ? null
        : $"{From} takes {First} or {Newest}; it was {StartError.Quoted(ValueOf(word))}.";

    private static string ValueOf(string word) => word.Split('=', 2)[^1];

    private static string? UnknownRoom(string name)
    {
        var known = Subscribers.Rooms.All.Select(room => room.Name).ToArray();
        return known.Contains(name)
            ? null
            : $"no room {name}{Question(name, known)} The rooms are {string.Join(", ", known)}.";
    }

    private static string Question(string name, string[] known) =>
        Nearest.Of(name, known, Math.Max(2, name.Length / 3)) is { } near ? Nearest.Question(near) : ".";
}
