namespace RedPacket.Ledger;

/// <summary>
/// Whether an empty ledger may be created where there is none. A missing ledger is a loss if there was one before: an
/// empty one in its place would be filled with what Redis still knows, and archived packets would be lost unnoticed.
/// Only Redis knows, so the host asks it.
/// </summary>
/// <param name="refusal">Returns the reason not to create an empty ledger, or null. The ledger's thread calls
/// it.</param>
internal sealed class LedgerCreation(Func<string?> refusal)
{
    /// <summary>The other remedy for a ledger that is gone.</summary>
    public const string Anew = "To begin with an empty ledger after all, start once with Ledger:BeginAnew=true.";

    /// <param name="place">Where there is no ledger, in words.</param>
    /// <exception cref="LedgerUnavailableException">There was one before, or nobody can say now; the text says what to
    /// do.</exception>
    public void MustBeAllowed(LedgerOptions options, string place, ILogger logger)
    {
        if (options.BeginAnew)
            logger.LedgerBegunAnew(place);
        else if (refusal() is { } reason)
            throw new LedgerUnavailableException($"There is no ledger {place}: {reason}");
    }
}
