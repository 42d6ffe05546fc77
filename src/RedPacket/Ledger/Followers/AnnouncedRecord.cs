namespace RedPacket.Ledger.Followers;

/// <summary>
/// Writes the row of the announcer: its position, and the lease that lets one announcer work at a time. The lease saves
/// work and protects nothing. Two that work together publish the same transfers, and the position moves only from where
/// the writer began.
/// </summary>
internal sealed class AnnouncedRecord(Journal journal)
{
    /// <summary>
    /// Makes the row, unless it is there. It begins at the newest transfer: subscribers read older ones from the feed.
    /// </summary>
    public Task Begin(CancellationToken cancellation) => journal.Execute(transaction => transaction.Execute("""
        INSERT INTO announced (id, position) SELECT 1, coalesce(max(id), 0) FROM transfers WHERE true
        ON CONFLICT (id) DO NOTHING
        """), cancellation);

    /// <summary>
    /// Takes the lease. False, and nothing is changed, when another announcer has it or has moved the position. A lease that
    /// ends later than a new one would was written by a clock that is wrong, and counts as over.
    /// </summary>
    public Task<bool> Take(string holder, long position, DateTimeOffset now, TimeSpan term, CancellationToken cancellation) =>
        Changes("UPDATE announced SET holder = @holder, until = @until WHERE position = @position "
                + "AND (until <= @now OR until > @until)",
            [("holder", holder), ("until", Ms(now + term)), ("position", position), ("now", Ms(now))], cancellation);

    /// <summary>
    /// Moves the position and renews the lease. False, and nothing is changed, when the position is not
    /// <paramref name="from"/> any more.
    /// </summary>
    public Task<bool> Save(string holder, long from, long to, DateTimeOffset until, CancellationToken cancellation) =>
        Changes("UPDATE announced SET position = @to, holder = @holder, until = @until WHERE position = @from",
            [("to", to), ("holder", holder), ("until", Ms(until)), ("from", from)], cancellation);

    private async Task<bool> Changes(string sql, (string Name, object? Value)[] parameters, CancellationToken cancellation)
    {
        var changed = 0;
        await journal.Execute(transaction => changed = transaction.Execute(sql, parameters), cancellation);
        return changed == 1;
    }

    private static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
