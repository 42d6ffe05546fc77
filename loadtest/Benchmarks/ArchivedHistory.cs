using System.Globalization;
using RedPacket.Ledger;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>Records and archives in an empty ledger what a service collects over years.</summary>
internal static class ArchivedHistory
{
    private const int Users = 10_000;
    private const int PacketsPerChunk = 1000;

    /// <summary>Archived packets with one share each: two transfers.</summary>
    /// <param name="ledger">Connection string. The ledger is made where there is none.</param>
    /// <param name="say">Gets the number of packets so far.</param>
    public static async Task Make(string ledger, int packets, Action<int>? say = null)
    {
        using var parts = ServiceParts.OnLedger(ledger);
        var journal = parts.Journal();
        await journal.Execute(MustBeEmpty, CancellationToken.None);
        foreach (var some in Enumerable.Range(0, packets).Chunk(PacketsPerChunk))
        {
            string[] lines = [.. some.SelectMany(n => new[]
            {
                EntryLines.Fund(n, 100), EntryLines.Grab(n, 1, string.Create(CultureInfo.InvariantCulture, $"user-{n % Users}")),
            })];
            await journal.Enqueue(ServiceParts.ChunkOf(lines), CancellationToken.None);
            say?.Invoke(some[^1] + 1);
        }
        await journal.Execute(transaction => MustHave(transaction, 2L * packets), CancellationToken.None);
        // The marks are set in bulk, while the archiver sets them one by one.
        await journal.Execute(transaction =>
        {
            transaction.Execute("UPDATE packets SET archived_at = @at", ("at", EntryLines.Moment));
            transaction.Execute("UPDATE accounts SET archived_at = @at WHERE kind = 2", ("at", EntryLines.Moment));
            transaction.Execute("""
                UPDATE shards SET archived_packets = @packets, archived_emptied = @packets, archived_claims = @packets,
                    archived_funded_fen = @packets * 100, archived_granted_fen = @packets * 100
                """, ("packets", packets));
        }, CancellationToken.None);
    }

    private static void MustBeEmpty(LedgerTransaction transaction)
    {
        if (transaction.Number("SELECT max(id) FROM transfers") is not null)
            throw new TargetException("The ledger has transfers already. Name a ledger that does not exist yet.");
    }

    private static void MustHave(LedgerTransaction transaction, long transfers)
    {
        if (transaction.Number("SELECT max(id) FROM transfers") is var made && made != transfers)
            throw new InvalidOperationException($"The ledger has {made} of {transfers} transfers, see its table parked.");
    }
}
