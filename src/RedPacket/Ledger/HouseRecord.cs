namespace RedPacket.Ledger;

/// <summary>
/// Writes the row of the house: how many shards there are to be, which never falls, and whether settlement is paused.
/// </summary>
internal sealed class HouseRecord(Journal journal, AuditTrail audits, TimeProvider clock)
{
    /// <summary>
    /// The house has at least so many shards. Makes the row of a new house, and leaves one that has more.
    /// </summary>
    public Task AtLeast(int shards, CancellationToken cancellation) => journal.Execute(transaction =>
    {
        var before = transaction.Number("SELECT shards FROM house");
        transaction.Execute("""
            INSERT INTO house (id, shards) VALUES (1, @shards)
            ON CONFLICT (id) DO UPDATE SET shards = excluded.shards
            WHERE house.shards < excluded.shards
            """, ("shards", shards));
        if (before < shards)
            audits.Write(transaction, Actor.Gate, AuditTrail.ShardsRaised, [$"{before} to {shards}"]);
    }, cancellation);

    /// <summary>
    /// From now on shards may know this number. Nothing is changed when the house has another by now.
    /// </summary>
    public Task Tell(int shards, CancellationToken cancellation) => journal.Execute(transaction =>
        transaction.Execute("UPDATE house SET told = @shards WHERE shards = @shards AND told < @shards", ("shards", shards)), cancellation);

    /// <summary>
    /// Raises the number, with its audit. False, and nothing is changed, when it is not the one that was seen.
    /// </summary>
    public async Task<bool> Raise(Actor actor, int seen, int shards, CancellationToken cancellation)
    {
        var raised = 0;
        await journal.Execute(transaction =>
        {
            raised = transaction.Execute("UPDATE house SET shards = @shards WHERE shards = @seen", ("shards", shards), ("seen", seen));
            if (raised == 1)
                audits.Write(transaction, actor, AuditTrail.ShardsRaised, [$"{seen} to {shards}"]);
        }, cancellation);
        return raised == 1;
    }

    /// <summary>Pauses settlement, with an audit. A second pause changes nothing.</summary>
    public Task Pause(Actor actor, string reason, CancellationToken cancellation) => journal.Execute(transaction =>
    {
        if (transaction.Execute(
            "UPDATE house SET paused_at = @now, paused_by = @by, pause_reason = @reason WHERE paused_at IS NULL",
            ("now", clock.GetUtcNow().ToUnixTimeMilliseconds()), ("by", actor.Name), ("reason", reason)) == 1)
            audits.Write(transaction, actor, AuditTrail.SettlementPaused, [reason]);
    }, cancellation);

    /// <summary>Resumes settlement, with an audit. Nothing is changed when it is not paused.</summary>
    public Task Resume(Actor actor, CancellationToken cancellation) => journal.Execute(transaction =>
    {
        if (transaction.Execute(
            "UPDATE house SET paused_at = NULL, paused_by = NULL, pause_reason = NULL WHERE paused_at IS NOT NULL") == 1)
            audits.Write(transaction, actor, AuditTrail.SettlementResumed, []);
    }, cancellation);
}
