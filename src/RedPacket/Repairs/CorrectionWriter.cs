using System.Data.Common;
using System.Globalization;
using RedPacket.Ledger;

namespace RedPacket.Repairs;

/// <summary>
/// The ledger's part of a correction, all of it in one transaction: the transfer of kind adjust, the totals of its accounts, the tombstone, the audit.
/// The transfer's ordinal is the parked entry's id: making the same entry good twice would meet its own identity.
/// </summary>
internal sealed class CorrectionWriter(Journal journal, AuditTrail audits, TimeProvider clock)
{
    /// <summary>Returns what was dealt with, or in a dry run would be; the rest is added to the skipped ones.</summary>
    public async Task<IReadOnlyList<CorrectedEntry>> Write(IReadOnlyList<DueShare> due, string actor, bool dryRun, List<SkippedReplay> skipped, CancellationToken cancellation)
    {
        List<CorrectedEntry> corrected = [];
        List<SkippedReplay> not = [];
        await journal.Run((connection, transaction) =>
        {
            var books = new CorrectionTransaction(connection, transaction);
            var paid = new HashSet<(string, string)>();
            foreach (var share in due)
            {
                if (WhyNot(books, share) is { } reason)
                    not.Add(new SkippedReplay(share.Row.Id, reason));
                else
                    corrected.Add(Correct(books, share, paid, dryRun));
            }
            if (!dryRun && corrected.Count > 0)
                audits.Insert(connection, transaction, actor, AuditTrail.Correction, [.. corrected.Select(Name)]);
        }, cancellation);
        skipped.AddRange(not);
        return corrected;
    }

    private static string Name(CorrectedEntry entry) => string.Create(CultureInfo.InvariantCulture, $"{entry.PacketId} {entry.UserId} {entry.Id}");

    private static string? WhyNot(CorrectionTransaction books, DueShare share)
    {
        // Read again: somebody else may have been faster, or the line was recorded after all.
        if (books.Number("SELECT id FROM parked WHERE id = @id AND resolved_at IS NULL", ("id", share.Row.Id)) is null)
            return "not_parked";
        return books.Packet(share) is null ? "packet_unknown" : null;
    }

    private CorrectedEntry Correct(CorrectionTransaction books, DueShare share, HashSet<(string, string)> paid, bool dryRun)
    {
        var hasOne = share.HasAnother || books.HasShare(share) || !paid.Add((share.Entry.PacketId, share.Entry.UserId));
        var resolution = hasOne ? Resolution.HasAShare : Resolution.MadeGood;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (!dryRun && !hasOne)
            books.Pay(share, now);
        if (!dryRun)
            books.Execute("UPDATE parked SET resolved_at = @now, resolution = @resolution WHERE id = @id", ("now", now), ("resolution", resolution), ("id", share.Row.Id));
        return new CorrectedEntry(share.Row.Id, share.Entry.PacketId, share.Entry.UserId, share.Entry.AmountFen, resolution);
    }

    /// <summary>The statements, which both databases take.</summary>
    private sealed class CorrectionTransaction(DbConnection connection, DbTransaction transaction)
    {
        public int Execute(string sql, params ReadOnlySpan<(string, object)> parameters) => Sql.Execute(connection, transaction, sql, parameters);

        public long? Number(string sql, params ReadOnlySpan<(string, object)> parameters) => Sql.Number(connection, transaction, sql, parameters);

        public long? Packet(DueShare share) => Number("SELECT number FROM packets WHERE packet_id = @packet", ("packet", share.Entry.PacketId));

        /// <summary>One user, one share: a grab, or an earlier correction.</summary>
        public bool HasShare(DueShare share) => Number("""
            SELECT t.id FROM transfers t JOIN accounts a ON a.id = t.credit_account
            WHERE a.code = @code AND t.packet = @packet AND t.kind IN (2, 4) LIMIT 1
            """, ("code", $"wallet:{share.Entry.UserId}"), ("packet", Packet(share)!.Value)) is not null;

        public void Pay(DueShare share, long now)
        {
            var (row, entry) = (share.Row, share.Entry);
            var loss = Account(string.Create(CultureInfo.InvariantCulture, $"loss:{entry.Shard}"), AccountKind.Loss, 0);
            var wallet = Account($"wallet:{entry.UserId}", AccountKind.Wallet, UserId.Check(entry.UserId));
            var recording = Number("INSERT INTO recordings (recorded_at, published_at, traceparent) VALUES (@now, @published, @trace) RETURNING id",
                ("now", now), ("published", row.PublishedAt), ("trace", (object?)row.Traceparent ?? DBNull.Value))!.Value;
            Execute("""
                INSERT INTO transfers (packet, kind, ordinal, debit_account, credit_account, amount_fen, granted_at, recording)
                VALUES (@packet, 4, @ordinal, @debit, @credit, @fen, @granted, @recording)
                """, ("packet", Packet(share)!.Value), ("ordinal", row.Id), ("debit", loss), ("credit", wallet), ("fen", entry.AmountFen), ("granted", entry.AtMs), ("recording", recording));
            Execute("UPDATE accounts SET debits = debits + @fen WHERE id = @id", ("fen", entry.AmountFen), ("id", loss));
            Execute("UPDATE accounts SET credits = credits + @fen WHERE id = @id", ("fen", entry.AmountFen), ("id", wallet));
        }

        private long Account(string code, AccountKind kind, int check)
        {
            Execute("INSERT INTO accounts (code, kind, user_check, debits, credits) VALUES (@code, @kind, @check, 0, 0) ON CONFLICT (code) DO NOTHING",
                ("code", code), ("kind", (int)kind), ("check", check));
            return Number("SELECT id FROM accounts WHERE code = @code", ("code", code))!.Value;
        }
    }
}
