using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>A share that somebody was told he won.</summary>
internal readonly record struct Win(int Packet, int User, int Ordinal, int Fen);

/// <summary>
/// What the service has answered, share by share: the witness that the service cannot correct. Written by the generator's thread, read when that has ended.
/// </summary>
internal sealed class GrabRecord
{
    private const int Block = 1 << 16;
    private readonly List<Win[]> _blocks = [];
    private readonly List<Ask> _open = [];

    /// <summary>Answers "won", first ones and repeated ones.</summary>
    public long Count { get; private set; }

    /// <summary>Grabs without a final answer: no answer at all, or a refusal. They may have won.</summary>
    public IReadOnlyList<Ask> Open => _open;

    /// <summary>All of them, in the order of their answers.</summary>
    public IEnumerable<Win> Wins
    {
        get
        {
            for (var n = 0L; n < Count; n++)
                yield return _blocks[(int)(n / Block)][n % Block];
        }
    }

    public void Add(Win win)
    {
        if (Count == (long)_blocks.Count * Block)
            _blocks.Add(new Win[Block]);
        _blocks[(int)(Count / Block)][Count % Block] = win;
        Count++;
    }

    public void AddOpen(Ask ask) => _open.Add(ask);

    /// <summary>Some were asked again; these are still without a final answer.</summary>
    public void KeepOpen(IEnumerable<Ask> open)
    {
        Ask[] still = [.. open];
        _open.Clear();
        _open.AddRange(still);
    }
}
