using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace RedPacket.Drills;

/// <summary>Runs drills by name. Ends with 0 when all passed, 1 when one failed, 2 for wrong arguments.</summary>
internal static class Program
{
    private static readonly Argument<string[]> s_names = new("names")
    {
        Description = "names of drills or crash points, all, or list",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> s_long = new("--long") { Description = "outages of 30 s, 20 rounds" };
    private static readonly Option<int?> s_seed = new("--seed") { Description = "repeats the choices of an earlier run (default: new)" };

    private static readonly Option<int?> s_rounds = new("--rounds")
    {
        Description = "how often to stage a fault that lasts only a moment (default 2, or 20 with --long)",
    };

    private static readonly Option<string> s_ledger = new("--ledger")
    {
        Description = "database of the ledger: sqlite or postgres",
        DefaultValueFactory = _ => "sqlite",
    };

    private static readonly Option<FileInfo?> s_json = new("--json") { Description = "write the table to this file as JSON" };
    private static readonly Option<FileInfo?> s_markdown = new("--markdown") { Description = "write the table to this file as Markdown" };

    private static async Task<int> Main(string[] args)
    {
        var root = new RootCommand("""
            Drills stage faults on the real programs under load, and prove that nothing is lost.

            A client sends packets, grabs them and records every answer. The fault happens in the middle and is healed. The client then
            asks for everything again. When the report says CONSISTENT, the drill compares four views: the client's record, Redis, the
            outbox and the ledger. Lost, duplicated, unexpected and unresolved must all be 0.

            Drills need redis-server and rabbitmq-server, and some need postgresql (bash tests/run.sh installs them).
            Each run starts private servers on free ports, with their data in temporary folders.
            """) { s_names, s_long, s_seed, s_rounds, s_ledger, s_json, s_markdown };
        s_ledger.AcceptOnlyFromAmong("sqlite", "postgres");
        root.SetAction(Run);
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync();
        return parsed.Errors.Count > 0 ? 2 : code;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken stop)
    {
        var names = parsed.GetValue(s_names)!;
        if (names is ["list"])
            return List(Console.Out, 0);
        var (drills, unknown) = Registry.Named(names);
        if (drills is null)
        {
            await Console.Error.WriteLineAsync($"There is no drill or crash point named '{unknown}'. The drills are:");
            return List(Console.Error, 2);
        }

        // Every started server ends with this process.
        using var stopped = stop.Register(() => Environment.Exit(130));
        Drill.Long = parsed.GetValue(s_long) || Drill.Long;
        var options = new DrillOptions(
            parsed.GetValue(s_seed) ?? Random.Shared.Next(0x1000000),
            parsed.GetValue(s_rounds) ?? DrillOptions.UsualRounds,
            parsed.GetValue(s_ledger) == "postgres");
        var outcomes = await RunAll(drills, options);
        var table = Table.Markdown(outcomes);
        Console.WriteLine(table);
        if (parsed.GetValue(s_markdown) is { } markdown)
            await File.WriteAllTextAsync(markdown.FullName, table, CancellationToken.None);
        if (parsed.GetValue(s_json) is { } json)
            await File.WriteAllTextAsync(json.FullName, Table.Json(outcomes), CancellationToken.None);
        return outcomes.TrueForAll(outcome => outcome.Passed) ? 0 : 1;
    }

    private static async Task<List<DrillOutcome>> RunAll(IReadOnlyList<Drill> drills, DrillOptions options)
    {
        var clock = Stopwatch.StartNew();
        void Say(string message) => Console.WriteLine(FormattableString.Invariant($"  {clock.Elapsed.TotalSeconds,6:0.0} s  {message}"));
        await using var rabbit = new RabbitServer();
        Say("starting RabbitMQ");
        await rabbit.Start();
        List<DrillOutcome> outcomes = [];
        foreach (var drill in drills.Where(drill => !options.Postgres || !drill.SqliteOnly))
        {
            Console.WriteLine($"\n{drill.Name}: {drill.Fault}.\n  Must hold: {drill.Promise}\n");
            var ofDrill = await Run(drill, rabbit, options, Say);
            outcomes.AddRange(ofDrill);
            Console.WriteLine();
            foreach (var outcome in ofDrill)
                Console.WriteLine(Table.Verdict(outcome));
        }
        return outcomes;
    }

    // One drill that this machine cannot stage does not keep the others from running.
    private static async Task<IReadOnlyList<DrillOutcome>> Run(Drill drill, RabbitServer rabbit, DrillOptions options,
        Action<string> say)
    {
        try
        {
            return await drill.Run(rabbit, options, say);
        }
        catch (ServerMissingException missing)
        {
            return [drill.Failed(options, missing.Message)];
        }
    }

    private static int List(TextWriter writer, int code)
    {
        foreach (var drill in Registry.All)
            writer.WriteLine($"  {drill.Name,-20} {drill.Fault}");
        return code;
    }
}
