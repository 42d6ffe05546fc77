namespace RedPacket.Messages;

/// <summary>
/// The checksum of shares: the sum of (check of the user + ordinal) x fen. Equal sums mean that the same users hold the
/// same shares. It has two twins: <c>grab.lua</c> adds it up in Redis, and <c>KindSum.Read</c> adds it up in the
/// ledger.
/// </summary>
internal static class Checksum
{
    /// <summary>The summand of one share.</summary>
    public static long Of(string userId, int ordinal, long amountFen) => (UserId.Check(userId) + ordinal) * amountFen;
}
