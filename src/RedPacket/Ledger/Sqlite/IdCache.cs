namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Names and their numbers, as many as were asked for lately, in two generations. A transaction's new numbers count for
/// later transactions only once it is committed. A number never changes and is never reused, so a remembered one stays
/// true while other processes write.
/// </summary>
internal sealed class IdCache<T>(int most) where T : struct
{
    private readonly Dictionary<string, T> _uncommitted = new(StringComparer.Ordinal);
    private Dictionary<string, T> _young = new(StringComparer.Ordinal);
    private Dictionary<string, T> _old = new(StringComparer.Ordinal);

    public T? Find(string name)
    {
        if (_young.TryGetValue(name, out var number) || _uncommitted.TryGetValue(name, out number))
            return number;
        if (!_old.TryGetValue(name, out number))
            return null;
        Keep(name, number);
        return number;
    }

    public void Add(string name, T number) => _uncommitted.Add(name, number);

    /// <summary>The transaction is over: its new numbers are kept, or forgotten.</summary>
    public void End(bool committed)
    {
        if (committed)
            foreach (var (name, number) in _uncommitted)
                Keep(name, number);
        _uncommitted.Clear();
    }

    private void Keep(string name, T number)
    {
        if (_young.Count >= most / 2)
            (_old, _young) = (_young, new Dictionary<string, T>(most / 2, StringComparer.Ordinal));
        _young[name] = number;
    }
}
