using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>A share that the service confirmed as won.</summary>
internal readonly record struct Win(int Packet, int User, int Ordinal, int Fen);

/// <summary>
/// Every share that the service confirmed. The service cannot change this record. The generator's thread writes it, and
/// others read it afterwards.
/// </summary>
internal sealed class GrabRecord
{
    private const int Block = 1 << 16;
    private readonly List<Win[]> _blocks = [];
    private readonly List<Request> _open = [];

    /// <summary>Answers "won", first and repeated ones.</summary>
    public long Count { get; private set; }

    /// <summary>Grabs without a final answer: no answer, or a refusal. They may have won.</summary>
    public IReadOnlyList<Request> Open => _open;

    /// <summary>All confirmed shares, in the order of their answers.</summary>
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

    public void AddOpen(Request request) => _open.Add(request);

    /// <summary>Replaces the open grabs by those that are still open.</summary>
    public void KeepOpen(IEnumerable<Request> open)
    {
        Request[] still = [.. open];
        _open.Clear();
        _open.AddRange(still);
    }
}
