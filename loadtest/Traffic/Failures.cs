using System.Text;

namespace RedPacket.LoadTest.Traffic;

/// <summary>One kind of failure: how often, and what came the first time.</summary>
internal sealed record Failure(string What, long Count, string Sample);

/// <summary>Failed calls by reason, each with the first answer that was seen: enough to look into it, and bounded whatever a server sends.</summary>
internal sealed class Failures
{
    private const int MostKinds = 20;
    private const int LongestSample = 300;
    private readonly Dictionary<string, (long Count, string Sample)> _kinds = [];

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<Failure> All => [.. _kinds.Select(kind => new Failure(kind.Key, kind.Value.Count, kind.Value.Sample)).OrderByDescending(kind => kind.Count)];

    public void Add(string what, ReadOnlySpan<byte> received)
    {
        if (!_kinds.TryGetValue(what, out var kind))
        {
            if (_kinds.Count >= MostKinds)
                (what, kind) = ("others", _kinds.GetValueOrDefault("others"));
            kind = (kind.Count, kind.Sample ?? Printable(received));
        }
        _kinds[what] = (kind.Count + 1, kind.Sample);
    }

    /// <summary>On one line, and nothing in it that a terminal would obey.</summary>
    private static string Printable(ReadOnlySpan<byte> received)
    {
        var text = Encoding.UTF8.GetString(received[..Math.Min(received.Length, LongestSample)]);
        return string.Concat(text.Select(character => character switch
        {
            '\r' => "\\r",
            '\n' => "\\n",
            _ when char.IsControl(character) || character == '\uFFFD' => "·",
            _ => character.ToString(),
        }));
    }
}
