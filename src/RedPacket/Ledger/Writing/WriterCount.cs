namespace RedPacket.Ledger.Writing;

/// <summary>
/// Counts this writer's transactions, here and in the ledger (PROTOCOL 6.5). Each transaction begins with
/// <see cref="Take"/>. When the ledger has fewer than were committed, an older state was put in its place. The writer
/// then goes on under another name, because numbers of the old name would come to mean other transactions. Only the
/// writer's thread uses it.
/// </summary>
internal sealed class WriterCount
{
    /// <summary>Why the ledger is opened again.</summary>
    public const string WentBack = "The ledger lacks transactions that this process has committed: an older state was put in its place. "
        + "It is opened again, and Redis is compared with it.";

    // A name that is new has no row yet. A row of it may be there all the same, when nobody saw the commit.
    private const string Raise = """
        INSERT INTO writers (id, number)
        SELECT @writer, @number WHERE @committed = 0 OR EXISTS (SELECT 1 FROM writers WHERE id = @writer AND number >= @committed)
        ON CONFLICT (id) DO UPDATE SET number = excluded.number
        """;

    private string _writer = NewName();
    private long _taken;
    private long _committed;

    /// <summary>The last transaction that was committed.</summary>
    public LedgerMark Mark => new(_writer, _committed);

    /// <summary>
    /// The next transaction. A commit that failed may have happened, so its number is not taken twice.
    /// </summary>
    /// <param name="Committed">The number that the ledger must have at least.</param>
    public (string Writer, long Number, long Committed) Next() => (_writer, ++_taken, _committed);

    /// <summary>Begins a transaction.</summary>
    /// <exception cref="LedgerUnavailableException">The ledger went back. The next transaction is one of another
    /// writer.</exception>
    public void Take(LedgerTransaction transaction)
    {
        var (writer, number, committed) = Next();
        if (transaction.Execute(Raise, ("writer", writer), ("number", number), ("committed", committed)) > 0)
            return;
        StartOver();
        throw new LedgerUnavailableException(WentBack);
    }

    /// <summary>The last taken transaction is durable.</summary>
    public void Committed() => _committed = _taken;

    /// <summary>The ledger went back.</summary>
    public void StartOver() => (_writer, _taken, _committed) = (NewName(), 0, 0);

    private static string NewName() => Guid.NewGuid().ToString("N");
}
