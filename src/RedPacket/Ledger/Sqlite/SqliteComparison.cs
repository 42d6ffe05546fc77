using System.Globalization;
using Microsoft.Data.Sqlite;
using RedPacket.Messages;

namespace RedPacket.Ledger.Sqlite;

/// <summary>Tells a duplicate from a conflict: the same identity with every field the same, or not.</summary>
internal sealed class SqliteComparison(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _recorded = new(connection, """
        SELECT t.debit_account, t.credit_account, t.amount_fen, t.granted_at, p.terms
        FROM transfers t JOIN packets p ON p.number = t.packet WHERE t.packet = ?1 AND t.kind = ?2 AND t.ordinal = ?3
        """);

    private readonly SqliteStatement _any = new(connection, """
        SELECT 1 FROM packets p JOIN transfers t ON t.packet = p.number WHERE p.packet_id = ?1 AND t.kind = ?2 AND t.ordinal = ?3
        """);

    private readonly SqliteStatement _codeOf = new(connection, "SELECT code FROM accounts WHERE id = ?1");

    /// <summary>True when the ledger has a transfer of this identity, the same or another.</summary>
    public bool HasIdentityOf(Entry entry) =>
        _any.Bind(1, entry.PacketId).Bind(2, (long)entry.Kind).Bind(3, entry.Ordinal).Number() is not null;

    /// <summary>Null when the ledger's transfer is the same, else the difference in words.</summary>
    public string? Difference(Entry entry, long packet, long debit, long credit)
    {
        if (!_recorded.Bind(1, packet).Bind(2, (long)entry.Kind).Bind(3, entry.Ordinal).Step())
            throw new InvalidOperationException(
                $"Transfer {entry.PacketId} {entry.Kind} {entry.Ordinal} was not added and is not in the ledger.");
        var (recordedDebit, recordedCredit) = (_recorded.NumberAt(0), _recorded.NumberAt(1));
        var (amountFen, grantedAt, terms) = (_recorded.NumberAt(2), _recorded.NumberAt(3), _recorded.TextAt(4));
        _recorded.Reset();
        var differences = new List<string>();
        if (recordedDebit != debit)
            differences.Add($"debit account {Code(recordedDebit)} in the ledger, {Code(debit)} here");
        if (recordedCredit != credit)
            differences.Add($"credit account {Code(recordedCredit)} in the ledger, {Code(credit)} here");
        if (amountFen != entry.AmountFen)
            differences.Add(string.Create(CultureInfo.InvariantCulture, $"{amountFen} fen in the ledger, {entry.AmountFen} here"));
        if (grantedAt != entry.AtMs)
            differences.Add(string.Create(CultureInfo.InvariantCulture, $"granted at {grantedAt} in the ledger, {entry.AtMs} here"));
        if (entry.Kind == EntryKind.Fund && terms != entry.Terms)
            differences.Add("other terms in the ledger than here");
        return differences.Count == 0 ? null : string.Join("; ", differences);
    }

    public void Dispose()
    {
        _recorded.Dispose();
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
