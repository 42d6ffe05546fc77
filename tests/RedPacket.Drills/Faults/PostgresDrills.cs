using Npgsql;

namespace RedPacket.Drills.Faults;

/// <summary>The ledger's PostgreSQL server is away, silent or read-only, or a connection to it breaks.</summary>
internal static class PostgresDrills
{
    private const string Promise =
        "No grab notices. Settlement waits, drains when the server is back, and records each share once (promises 4, 5, 7).";

    public static IReadOnlyList<Drill> All { get; } =
    [
        new("postgres-stopped", "PostgreSQL is stopped for a while and refuses connections", Promise,
            context => Away(context, async (server, _, outage) =>
            {
                await server.Stop();
                context.Say("PostgreSQL is stopped");
                await outage();
                await server.Start();
            })),
        new("postgres-paused", "PostgreSQL is silent for a while (SIGSTOP of all its processes)", Promise,
            context => Away(context, async (server, _, outage) =>
            {
                server.Pause();
                context.Say("PostgreSQL is paused");
                await outage();
                server.Resume();
            })),
        new("postgres-read-only", "PostgreSQL takes no writes for a while (default_transaction_read_only)", Promise,
            context => Away(context, async (server, database, outage) =>
            {
                await server.Execute($"ALTER DATABASE {database} SET default_transaction_read_only = on");
                await Disconnect(server, database);
                context.Say("PostgreSQL takes no writes");
                await outage();
                await server.Execute($"ALTER DATABASE {database} RESET default_transaction_read_only");
                await Disconnect(server, database);
            })),
        new("postgres-killed", "PostgreSQL is killed (SIGKILL) and started again", Promise, async context =>
        {
            var server = await context.Postgres();
            var cluster = await context.Deploy(Topology.Deployed with { Ledger = await server.NewDatabase() });
            await context.RunUnderLoad(cluster, async _ =>
            {
                for (var round = 1; round <= context.Rounds; round++)
                {
                    await context.PauseUpTo(TimeSpan.FromSeconds(1));
                    context.Say($"round {round} of {context.Rounds}");
                    await server.Kill();
                    await context.PauseUpTo(TimeSpan.FromSeconds(1));
                    await server.Start();
                }
            }, faultText: $"PostgreSQL is killed (SIGKILL) and started again, {context.Rounds} times");
        }),
        new("commit-cut", "the connection to PostgreSQL is cut during a recording, inside the request or before its answer", Promise,
            CommitCut),
    ];

    private static async Task Away(DrillContext context, Func<PostgresServer, string, Func<Task>, Task> fault)
    {
        var server = await context.Postgres();
        var ledger = await server.NewDatabase();
        var database = new NpgsqlConnectionStringBuilder(ledger).Database!;
        await LedgerDrills.Away(context, Topology.OnePerRole with { Ledger = ledger }, (_, outage) => fault(server, database, outage));
    }

    private static Task Disconnect(PostgresServer server, string database) =>
        server.Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()");

    // The client cannot know whether the server committed, so it records again and finds the rows that exist.
    private static async Task CommitCut(DrillContext context)
    {
        var server = await context.Postgres();
        var ledger = await server.NewDatabase();
        await using var proxy = new TcpProxy(server.Port);
        var through = new NpgsqlConnectionStringBuilder(ledger) { Port = proxy.Port }.ConnectionString;
        var settler = new Member("settle", Settings: new Dictionary<string, string> { ["ConnectionStrings:Ledger"] = through });
        Member[] members = [new Member("grab"), new Member("relay"), settler, new Member("reconcile")];
        var cluster = await context.Deploy(new Topology(members, Ledger: ledger));
        var cuts = 5 * context.Rounds;
        await context.RunUnderLoad(cluster, async _ =>
        {
            for (var cut = 1; cut <= cuts; cut++)
            {
                var direction = cut % 2 == 0 ? proxy.ToServer : proxy.ToClient;
                // A request has about 10 KB, an answer some hundred bytes.
                direction.CutAfter(context.Random.Next(1, cut % 2 == 0 ? 10_000 : 400));
                await direction.CutHappened.WaitAsync(Drill.Recovery);
            }
        }, faultText: $"the connection to PostgreSQL is cut {cuts} times, inside a recording's request or before its answer");
    }
}
