namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Names and their numbers, as many as were asked for lately: the young ones and those before them. What a transaction adds counts beyond it only once it is
/// committed. A number never changes and is never given back, so what is remembered stays true whoever else writes.
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

    /// <summary>The transaction is over: what it added is true from now on, or was never there.</summary>
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
