using Microsoft.Data.Sqlite;

namespace RedPacket.Drills.Faults;

/// <summary>The ledger away.</summary>
internal static class LedgerDrills
{
    public static IReadOnlyList<Drill> All { get; } =
    [
        new("ledger-locked", "another program holds the ledger's write lock for a while", "No grab notices; settlement waits and goes on when the lock is gone (promises 4, 5, 7).", async stage =>
        {
            var cluster = await stage.Deploy(Layout.Deployed);
            await stage.Under(cluster, async client =>
            {
                using var connection = new SqliteConnection($"{cluster.Ledger};Pooling=False");
                connection.Open();
                using var transaction = connection.BeginTransaction(deferred: false);
                stage.Say("the ledger is locked");
                await stage.Unnoticed(client, Drill.Outage);
                transaction.Rollback();
            });
        }),
    ];
}
