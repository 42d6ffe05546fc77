using System.Text;

namespace RedPacket.LoadTest.Traffic;

/// <summary>One kind of failure, how often it happened, and the first bytes received.</summary>
internal sealed record Failure(string What, long Count, string Sample);

/// <summary>
/// Failed requests by reason, each with a sample of the first answer. Its size is bounded whatever the server sends.
/// </summary>
internal sealed class Failures
{
    private const int MostKinds = 20;
    private const int LongestSample = 300;
    private readonly Dictionary<string, (long Count, string Sample)> _kinds = [];

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<Failure> All =>
        [.. _kinds.Select(kind => new Failure(kind.Key, kind.Value.Count, kind.Value.Sample)).OrderByDescending(kind => kind.Count)];

    public void Add(string reason, ReadOnlySpan<byte> received)
    {
        if (!_kinds.TryGetValue(reason, out var kind))
        {
            if (_kinds.Count >= MostKinds)
                (reason, kind) = ("others", _kinds.GetValueOrDefault("others"));
            kind = (kind.Count, kind.Sample ?? Printable(received));
        }
        _kinds[reason] = (kind.Count + 1, kind.Sample);
    }

    /// <summary>Returns the bytes as one line without control characters.</summary>
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
