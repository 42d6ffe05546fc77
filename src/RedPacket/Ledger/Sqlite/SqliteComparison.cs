using System.Globalization;
using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>Tells a duplicate from a conflict: same identity and every field the same, or not.</summary>
internal sealed class SqliteComparison(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _standing = new(connection, """
        SELECT t.debit_account, t.credit_account, t.amount_fen, t.granted_at, p.terms
        FROM transfers t JOIN packets p ON p.number = t.packet WHERE t.packet = ?1 AND t.kind = ?2 AND t.ordinal = ?3
        """);

    private readonly SqliteStatement _any = new(connection, """
        SELECT 1 FROM packets p JOIN transfers t ON t.packet = p.number WHERE p.packet_id = ?1 AND t.kind = ?2 AND t.ordinal = ?3
        """);

    private readonly SqliteStatement _codeOf = new(connection, "SELECT code FROM accounts WHERE id = ?1");

    /// <summary>True when a transfer of this identity stands, the same or another.</summary>
    public bool Stands(Posting posting) => _any.Bind(1, posting.PacketId).Bind(2, (long)posting.Kind).Bind(3, posting.Ordinal).Number() is not null;

    /// <summary>Null when the transfer that stands is the same, else what differs, in words.</summary>
    public string? Difference(Posting posting, long packet, long debit, long credit)
    {
        if (!_standing.Bind(1, packet).Bind(2, (long)posting.Kind).Bind(3, posting.Ordinal).Step())
            throw new InvalidOperationException($"Transfer {posting.PacketId} {posting.Kind} {posting.Ordinal} was not added and does not stand.");
        var (standingDebit, standingCredit) = (_standing.NumberAt(0), _standing.NumberAt(1));
        var (amountFen, grantedAt, terms) = (_standing.NumberAt(2), _standing.NumberAt(3), _standing.TextAt(4));
        _standing.Reset();
        var differences = new List<string>();
        if (standingDebit != debit)
            differences.Add($"debit account {Code(standingDebit)} in the ledger, {Code(debit)} here");
        if (standingCredit != credit)
            differences.Add($"credit account {Code(standingCredit)} in the ledger, {Code(credit)} here");
        if (amountFen != posting.AmountFen)
            differences.Add(string.Create(CultureInfo.InvariantCulture, $"{amountFen} fen in the ledger, {posting.AmountFen} here"));
        if (grantedAt != posting.GrantedAt)
            differences.Add(string.Create(CultureInfo.InvariantCulture, $"granted at {grantedAt} in the ledger, {posting.GrantedAt} here"));
        if (posting.Kind == TransferKind.Fund && terms != posting.Terms)
            differences.Add("other terms in the ledger than here");
        return differences.Count == 0 ? null : string.Join("; ", differences);
    }

    public void Dispose()
    {
        _standing.Dispose();
        _any.Dispose();
        _codeOf.Dispose();
    }

    private string Code(long account)
    {
        _codeOf.Bind(1, account).Step();
        var code = _codeOf.TextAt(0) ?? "unknown";
        _codeOf.Reset();
        return code;
    }
}
