namespace RedPacket.Ledger.Followers;

/// <summary>Writes what subscribers report.</summary>
internal sealed class SubscriberRecord(Journal journal, AuditTrail audits)
{
    /// <summary>
    /// Keeps the newest report of a subscriber. The ledger's sums in it belong to its position, whatever the row said
    /// before: transfers are appended and never change. So the last of two reports counts.
    /// </summary>
    public Task Save(SubscriberRow row, CancellationToken cancellation) => journal.Execute(transaction => transaction.Execute("""
        INSERT INTO subscribers (name, position, grabs, granted_fen, ledger_grabs, ledger_granted_fen, reported_at)
        VALUES (@name, @position, @grabs, @granted, @ledgerGrabs, @ledgerGranted, @at)
        ON CONFLICT (name) DO UPDATE SET position = excluded.position, grabs = excluded.grabs, granted_fen = excluded.granted_fen,
            ledger_grabs = excluded.ledger_grabs, ledger_granted_fen = excluded.ledger_granted_fen, reported_at = excluded.reported_at
        """, ("name", row.Name), ("position", row.Position), ("grabs", row.Grabs), ("granted", row.GrantedFen),
        ("ledgerGrabs", row.LedgerGrabs), ("ledgerGranted", row.LedgerGrantedFen), ("at", row.ReportedAt)), cancellation);

    /// <summary>Forgets a subscriber, with an audit. False when there is none of this name.</summary>
    public async Task<bool> Forget(Actor actor, string name, CancellationToken cancellation)
    {
        var gone = 0;
        await journal.Execute(transaction =>
        {
            gone = transaction.Execute("DELETE FROM subscribers WHERE name = @name", ("name", name));
            if (gone == 1)
                audits.Write(transaction, actor, AuditTrail.SubscriberForgotten, [name]);
        }, cancellation);
        return gone == 1;
    }
}
