namespace RedPacket.Peers;

/// <summary>Splits an amount by the double-mean method.</summary>
internal static class Shares
{
    /// <summary>The shares in fen, each at least one.</summary>
    public static IEnumerable<long> Split(long amountFen, int count)
    {
        var left = amountFen;
        for (var others = count - 1; others > 0; others--)
        {
            var most = Math.Max(1, Math.Min((2 * left / (others + 1)) - 1, left - others));
            var share = Random.Shared.NextInt64(1, most + 1);
            left -= share;
            yield return share;
        }
        yield return left;
    }
}
