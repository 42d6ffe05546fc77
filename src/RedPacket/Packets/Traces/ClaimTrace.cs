using System.Diagnostics;
using System.Globalization;

namespace RedPacket.Packets.Traces;

/// <summary>
/// When a followed share reached each stage. The packet's field <c>t:&lt;ordinal&gt;</c> holds it as text: the trace
/// context of the request, when the grab came, when Redis was called, and when it granted. When its entry has left the
/// outbox, five times are added: published, received, recording begun, durable, acknowledged. The announcer adds one. Times are
/// microseconds since 1970. Each process measures with its own clock.
/// </summary>
internal sealed record ClaimTrace(ActivityContext Request, IReadOnlyList<DateTimeOffset> Times)
{
    /// <summary>The last stage. It begins at the commit too, because it does not wait for the acknowledgement.</summary>
    public const string Announce = "announce";

    private const string Commit = "commit";
    private const int TimesAtFirst = 3;
    private const int TimesWhenSettled = 8;
    private const int TimesInAll = 9;

    /// <summary>
    /// The stages. The request waits for its call of Redis, and the script grants. The relay gathers, the broker queues,
    /// and the journal keeps the chunk until it is recorded. Then come the commit, the acknowledgement and the announcement.
    /// </summary>
    public static readonly IReadOnlyList<string> Names =
        ["request", "script", "gather", "queue", "journal", Commit, "acknowledge", Announce];

    /// <summary>The text with further times.</summary>
    public static string Join(string? text, params ReadOnlySpan<DateTimeOffset> times)
    {
        foreach (var time in times)
        {
            var micros = (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            text = string.Create(CultureInfo.InvariantCulture, $"{text} {micros}");
        }
        return text ?? "";
    }

    /// <summary>Null for a share that is not followed, or a text that is none.</summary>
    public static ClaimTrace? Parse(string? text)
    {
        var words = text?.Split(' ') ?? [];
        if (words.Length is not (TimesAtFirst + 1 or TimesWhenSettled + 1 or TimesInAll + 1)
            || !ActivityContext.TryParse(words[0], null, isRemote: true, out var request))
            return null;
        List<DateTimeOffset> times = [];
        foreach (var word in words.Skip(1))
        {
            if (!long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var micros) || micros > long.MaxValue / 100)
                return null;
            times.Add(DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond));
        }
        return new ClaimTrace(request, times);
    }

    /// <summary>
    /// The stages that the share has passed, in their order. Clocks differ: a stage that seems to end before it began takes
    /// no time.
    /// </summary>
    public IEnumerable<(string Name, DateTimeOffset Start, DateTimeOffset End)> Stages()
    {
        var (start, durable) = (Times[0], Times[0]);
        foreach (var (name, time) in Names.Zip(Times.Skip(1)))
        {
            if (name == Announce)
                start = durable;
            var end = time < start ? start : time;
            yield return (name, start, end);
            if (name == Commit)
                durable = end;
            start = end;
        }
    }
}
