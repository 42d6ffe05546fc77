namespace RedPacket.Ledger;

/// <summary>
/// An empty ledger is made where there is none: that is how one begins. Where there was one before, its absence is a loss: an empty one in its place would be
/// filled with what Redis still knows, and what was archived would be gone unseen.
/// </summary>
internal static class LedgerCreation
{
    /// <param name="place">Where there is no ledger, in words.</param>
    /// <exception cref="LedgerUnavailableException">There was one before, or nobody can say now; the text says what to do.</exception>
    public static void MustBeAllowed(LedgerOptions options, string place, ILogger logger)
    {
        if (options.BeginAnew)
            LedgerLog.BegunAnew(logger, place);
        else if (options.WhyNotNew() is { } reason)
            throw new LedgerUnavailableException($"There is no ledger {place}: {reason}");
    }

    /// <summary>What else an operator can do about a ledger that is gone.</summary>
    public const string Anew = "To begin with an empty ledger after all, start once with Ledger:BeginAnew=true.";
}
