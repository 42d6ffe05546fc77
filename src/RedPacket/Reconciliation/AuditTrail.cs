using System.Data.Common;
using System.Text.Json;
using RedPacket.Ledger;

namespace RedPacket.Reconciliation;

/// <summary>What was done, in a form that a program can count.</summary>
/// <param name="Entries">How many entries, or accounts.</param>
/// <param name="Some">The first of them, by identity.</param>
internal sealed record AuditDetail(long Entries, IReadOnlyList<string> Some);

/// <summary>Writes down who has put what right, before it is done: what is not written down is not done.</summary>
internal sealed class AuditTrail(Journal journal, TimeProvider clock)
{
    public const string Repair = "repair";
    public const string Replay = "replay";
    public const string Totals = "totals";
    private const int Named = 20;

    /// <summary>Throws <see cref="LedgerUnavailableException"/> when the ledger cannot take it.</summary>
    public Task Write(string actor, string action, IReadOnlyCollection<string> entries, CancellationToken cancellation) =>
        journal.Run((connection, transaction) => Insert(connection, transaction, actor, action, entries), cancellation);

    /// <summary>The same within a transaction of the caller's.</summary>
    public void Insert(DbConnection connection, DbTransaction transaction, string actor, string action, IReadOnlyCollection<string> entries)
    {
        var detail = JsonSerializer.Serialize(new AuditDetail(entries.Count, [.. entries.Take(Named)]), ReconciliationJson.Default.AuditDetail);
        Sql.Execute(connection, transaction, "INSERT INTO audits (at, actor, action, detail) VALUES (@at, @actor, @action, @detail)",
            ("at", clock.GetUtcNow().ToUnixTimeMilliseconds()), ("actor", actor), ("action", action), ("detail", detail));
    }

    /// <summary>How many entries an audit speaks of.</summary>
    public static long EntriesOf(string detail)
    {
        try
        {
            return JsonSerializer.Deserialize(detail, ReconciliationJson.Default.AuditDetail)?.Entries ?? 0;
        }
        catch (JsonException)
        {
            // An audit written by hand, or by an older version, still stands in the list.
            return 0;
        }
    }
}
