using Microsoft.Data.Sqlite;

namespace RedPacket.Drills.Faults;

/// <summary>
/// The ledger's file is locked, full, gone or read-only. No grab notices. Settlement keeps its messages and probes the
/// ledger.
/// </summary>
internal static class LedgerDrills
{
    /// <summary>The share of a core that settlement may use while the ledger is away.</summary>
    private const double MostCpu = 0.1;

    private const string Promise =
        "No grab notices. Settlement waits, uses almost no CPU, and drains when the ledger is back (promises 4, 5, 7).";

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("ledger-locked", "another program holds the ledger's write lock for a while", Promise,
            context => Away(context, Topology.OnePerRole, (cluster, outage) => Locked(context, cluster, outage)), SqliteOnly: true),
        new("ledger-full", "the disk of the ledger is full to the last byte for a while", Promise, Full, SqliteOnly: true),
        new("ledger-gone", "the ledger's files are moved away for a while, and moved back", Promise,
            context => Away(context, Topology.OnePerRole, (cluster, outage) => Gone(context, cluster, outage)), SqliteOnly: true),
        new("ledger-not-permitted", "the ledger's files are immutable for a while (chattr +i)", Promise,
            context => Away(context, Topology.OnePerRole, (cluster, outage) => Immutable(context, cluster, outage)), SqliteOnly: true),
    ];

    private static async Task Locked(DrillContext context, Cluster cluster, Func<Task> outage)
    {
        using var connection = new SqliteConnection($"{cluster.Ledger};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        context.Say("the ledger is locked");
        await outage();
        transaction.Rollback();
    }

    private static async Task Full(DrillContext context)
    {
        await using var disk = await SmallDisk.Mount(megabytes: 48);
        await Away(context, Topology.OnePerRole with { Ledger = $"Data Source={disk.File("ledger.db")}" }, async (_, outage) =>
        {
            disk.Fill();
            context.Say("the disk is full");
            await outage();
            disk.Free();
        });
        await context.EndDeployments();
    }

    private static async Task Gone(DrillContext context, Cluster cluster, Func<Task> outage)
    {
        string[] files = ["", "-wal", "-shm"];
        foreach (var file in files)
            File.Move(cluster.LedgerPath + file, $"{cluster.LedgerPath}.aside{file}");
        context.Say("the ledger's files are gone");
        await outage();
        // Restore the log first, as the service's message says. A ledger without its log is older.
        foreach (var file in files.Reverse())
            File.Move($"{cluster.LedgerPath}.aside{file}", cluster.LedgerPath + file, overwrite: true);
    }

    private static async Task Immutable(DrillContext context, Cluster cluster, Func<Task> outage)
    {
        string[] files = [cluster.LedgerPath, cluster.LedgerPath + "-wal"];
        var (code, output) = await ServerProcess.Run("chattr", ["+i", .. files], Path.GetTempPath());
        if (code != 0)
            throw new ServerMissingException($"files cannot be made immutable here: {output.Trim()}");
        try
        {
            context.Say("the ledger's files are immutable");
            await outage();
        }
        finally
        {
            await ServerProcess.Run("chattr", ["-i", .. files], Path.GetTempPath());
        }
    }

    /// <summary>
    /// Takes the ledger away while grabs go on, and reports settlement's CPU. Only the long form is long enough to
    /// judge it.
    /// </summary>
    internal static async Task Away(DrillContext context, Topology topology, Func<Cluster, Func<Task>, Task> fault)
    {
        var cluster = await context.Deploy(topology);
        // A process that has never opened the ledger may create an empty one, so all must open it first.
        await Task.WhenAll(cluster.Processes.Select(process => process.Ready()));
        await context.RunUnderLoad(cluster, client => fault(cluster, async () =>
        {
            // Let a recording in progress end first.
            await Eventually.Pause(TimeSpan.FromSeconds(1));
            var (before, since) = (cluster.Settler.Threads, TimeProvider.System.GetTimestamp());
            await context.ExpectUnnoticed(client, Drill.Outage);
            var used = cluster.Settler.Threads.Sum(thread => thread.Value - before.GetValueOrDefault(thread.Key));
            var share = used / TimeProvider.System.GetElapsedTime(since).TotalSeconds;
            context.Say(FormattableString.Invariant($"settlement used {share:0.000} of a core, without JIT compilation"));
            Assert.True(share < MostCpu || !Drill.Long, $"settlement used {share:0.000} of a core while the ledger was away");
        }));
    }
}
