namespace RedPacket.LoadTest.Runs;

/// <summary>
/// Chooses the next rate of <c>--max</c>. It doubles the rate until one fails, then takes the geometric mean of held
/// and failed rate until both are within 5 %.
/// </summary>
internal sealed class MaxSearch(double start)
{
    private const double CloseEnough = 1.05;
    private const double Least = 1;
    private const int MostRounds = 20;
    private double _held;
    private double? _failed;
    private int _rounds;

    /// <summary>The highest rate that held; 0 when none held.</summary>
    public double Best => _held;

    /// <summary>Returns the next rate, or null when the search is over.</summary>
    public double? Next()
    {
        if (_rounds == MostRounds)
            return null;
        if (_failed is not { } failed)
            return _held == 0 ? start : _held * 2;
        if (_held == 0)
            return failed / 2 >= Least ? failed / 2 : null;
        return failed / _held > CloseEnough ? Math.Round(Math.Sqrt(failed * _held), failed > 100 ? 0 : 2) : null;
    }

    /// <summary>Notes the result of a rate.</summary>
    public void Note(double rate, bool held)
    {
        _rounds++;
        if (held)
            _held = Math.Max(_held, rate);
        else
            _failed = Math.Min(_failed ?? rate, rate);
    }
}
