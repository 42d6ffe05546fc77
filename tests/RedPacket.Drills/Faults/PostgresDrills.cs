using Npgsql;
using RedPacket.Drills.Servers;

namespace RedPacket.Drills.Faults;

/// <summary>The ledger on a PostgreSQL server that is away, silent, not writable, or cut off in the middle.</summary>
internal static class PostgresDrills
{
    private const string Promise = "No grab notices; settlement holds what it has and drains when the server is back, each share once (promises 4, 5, 7).";

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("postgres-stopped", "PostgreSQL is stopped for a while: connections are refused", Promise, stage => Away(stage, async (server, _, outage) =>
        {
            await server.Stop();
            stage.Say("PostgreSQL is stopped");
            await outage();
            await server.Start();
        })),
        new("postgres-paused", "PostgreSQL is silent for a while (SIGSTOP of all its processes)", Promise, stage => Away(stage, async (server, _, outage) =>
        {
            server.Pause();
            stage.Say("PostgreSQL is paused");
            await outage();
            server.Resume();
        })),
        new("postgres-read-only", "PostgreSQL takes no writes for a while (default_transaction_read_only)", Promise, stage => Away(stage, async (server, database, outage) =>
        {
            await server.Execute($"ALTER DATABASE {database} SET default_transaction_read_only = on");
            await Disconnect(server, database);
            stage.Say("PostgreSQL takes no writes");
            await outage();
            await server.Execute($"ALTER DATABASE {database} RESET default_transaction_read_only");
            await Disconnect(server, database);
        })),
        new("postgres-killed", "PostgreSQL is killed (SIGKILL) and started again", Promise, async stage =>
        {
            var server = await stage.Postgres();
            var cluster = await stage.Deploy(Topology.Deployed with { Ledger = await server.NewDatabase() });
            await stage.Under(cluster, async _ =>
            {
                for (var round = 1; round <= stage.Rounds; round++)
                {
                    await stage.Moment(TimeSpan.FromSeconds(1));
                    stage.Say($"round {round} of {stage.Rounds}");
                    await server.Kill();
                    await stage.Moment(TimeSpan.FromSeconds(1));
                    await server.Start();
                }
            }, faultInWords: $"PostgreSQL is killed (SIGKILL) and started again, {stage.Rounds} times");
        }),
        new("commit-cut", "the connection to PostgreSQL is cut in the middle of a recording: inside the request, and before its answer", Promise, CommitCut),
    ];

    private static async Task Away(DrillContext stage, Func<PostgresServer, string, Func<Task>, Task> fault)
    {
        var server = await stage.Postgres();
        var ledger = await server.NewDatabase();
        var database = new NpgsqlConnectionStringBuilder(ledger).Database!;
        await LedgerDrills.Away(stage, Topology.Apart with { Ledger = ledger }, (_, outage) => fault(server, database, outage));
    }

    private static Task Disconnect(PostgresServer server, string database) =>
        server.Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()");

    // Whether the server has committed is unknown to the client in either case: it records again and finds what stands.
    private static async Task CommitCut(DrillContext stage)
    {
        var server = await stage.Postgres();
        var ledger = await server.NewDatabase();
        await using var proxy = new TcpProxy(server.Port);
        var through = new NpgsqlConnectionStringBuilder(ledger) { Port = proxy.Port }.ConnectionString;
        var settling = new Member("settle", Settings: new Dictionary<string, string> { ["ConnectionStrings:Ledger"] = through });
        var cluster = await stage.Deploy(new Topology([new Member("grab"), new Member("relay"), settling, new Member("reconcile")], Ledger: ledger));
        var cuts = 5 * stage.Rounds;
        await stage.Under(cluster, async _ =>
        {
            for (var cut = 1; cut <= cuts; cut++)
            {
                var direction = cut % 2 == 0 ? proxy.ToServer : proxy.ToClient;
                // A request is some ten kilobytes, an answer some hundred bytes.
                direction.CutAfter(stage.Random.Next(1, cut % 2 == 0 ? 10_000 : 400));
                await direction.CutHappened.WaitAsync(Drill.Recovery);
            }
        }, faultInWords: $"the connection to PostgreSQL is cut {cuts} times: inside a recording's request, and before its answer");
    }
}
