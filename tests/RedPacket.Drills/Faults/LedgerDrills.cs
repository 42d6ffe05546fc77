using Microsoft.Data.Sqlite;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>The ledger's file locked, full, gone, or not to be written. No grab notices; settlement holds what it has and probes.</summary>
internal static class LedgerDrills
{
    /// <summary>Of a core, for settling while there is nothing to settle into.</summary>
    private const double Most = 0.1;

    private const string Promise = "No grab notices; settlement holds what it has, uses next to no processor, and drains when the ledger is back (promises 4, 5, 7).";

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("ledger-locked", "another program holds the ledger's write lock for a while", Promise, stage => Away(stage, Topology.Apart, async (cluster, outage) =>
        {
            using var connection = new SqliteConnection($"{cluster.Ledger};Pooling=False");
            connection.Open();
            using var transaction = connection.BeginTransaction(deferred: false);
            stage.Say("the ledger is locked");
            await outage();
            transaction.Rollback();
        }), SqliteOnly: true),
        new("ledger-full", "the disk of the ledger is full to the last byte for a while", Promise, async stage =>
        {
            await using var disk = await SmallDisk.Mount(megabytes: 48);
            await Away(stage, Topology.Apart with { Ledger = $"Data Source={disk.File("ledger.db")}" }, async (_, outage) =>
            {
                disk.Fill();
                stage.Say("the disk is full");
                await outage();
                disk.Free();
            });
            await stage.StrikeAll();
        }, SqliteOnly: true),
        new("ledger-gone", "the ledger's files are moved away for a while, and moved back", Promise, stage => Away(stage, Topology.Apart, async (cluster, outage) =>
        {
            string[] files = ["", "-wal", "-shm"];
            foreach (var file in files)
                File.Move(cluster.LedgerPath + file, $"{cluster.LedgerPath}.aside{file}");
            stage.Say("the ledger's files are gone");
            await outage();
            // The log first, as the service's own words say: a ledger without its log is an older one.
            foreach (var file in files.Reverse())
                File.Move($"{cluster.LedgerPath}.aside{file}", cluster.LedgerPath + file, overwrite: true);
        }), SqliteOnly: true),
        new("ledger-not-permitted", "the ledger's files may not be written for a while (chattr +i)", Promise, stage => Away(stage, Topology.Apart, async (cluster, outage) =>
        {
            string[] files = [cluster.LedgerPath, cluster.LedgerPath + "-wal"];
            var (code, output) = await ServerProcess.Run("chattr", ["+i", .. files], Path.GetTempPath());
            if (code != 0)
                Installed.Missing($"files cannot be made immutable here: {output.Trim()}");
            try
            {
                stage.Say("the ledger's files may not be written");
                await outage();
            }
            finally
            {
                await ServerProcess.Run("chattr", ["-i", .. files], Path.GetTempPath());
            }
        }), SqliteOnly: true),
    ];

    /// <summary>
    /// The ledger is away while grabs go on. Says how much of a core settlement used meanwhile, which in the short form is too short to judge.
    /// </summary>
    internal static async Task Away(DrillContext stage, Topology layout, Func<Cluster, Func<Task>, Task> fault)
    {
        var cluster = await stage.Deploy(layout);
        // A process that has never had the ledger open makes one where there is none: that is how it begins.
        await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
        await stage.Under(cluster, client => fault(cluster, async () =>
        {
            // What was being recorded has its answer by then.
            await Eventually.Pause(TimeSpan.FromSeconds(1));
            var (before, since) = (cluster.Books.Threads, TimeProvider.System.GetTimestamp());
            await stage.Unnoticed(client, Drill.Outage);
            var used = cluster.Books.Threads.Sum(thread => thread.Value - before.GetValueOrDefault(thread.Key));
            var share = used / TimeProvider.System.GetElapsedTime(since).TotalSeconds;
            stage.Say(FormattableString.Invariant($"settlement used {share:0.000} of a core meanwhile, without what compiling took"));
            Assert.True(share < Most || !Drill.Long, $"settlement used {share:0.000} of a core while the ledger was away");
        }));
    }
}
