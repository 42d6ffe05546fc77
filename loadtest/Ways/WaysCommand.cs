using System.CommandLine;
using System.Runtime.InteropServices;
using RedPacket.LoadTest.Runs;

namespace RedPacket.LoadTest.Ways;

/// <summary><c>ways</c> compares RedPacket with other ways to do the same.</summary>
internal static class WaysCommand
{
    private const string Help = """
        Measures RedPacket and other ways alternately on the same servers. All get the same grabs, and a record keeps every "won":

          row                 Redis grants, and the request writes a row (EF Core, SQLite) before it answers
          message             Redis grants, and the request publishes one confirmed message (MassTransit, RabbitMQ) before it answers.
                              A failed publish is logged and forgotten. A consumer writes a row per message
          postgres            PostgreSQL grants and records in one transaction. There is no Redis and no broker
          masstransit         as message, but a publish waits for the broker, and a batch consumer writes into PostgreSQL
          wolverine           Redis grants, and the request writes into Wolverine's durable outbox (PostgreSQL). Its inbox takes the message
                              from RabbitMQ, and a handler writes batches
          redpacket           RedPacket, with its ledger in SQLite
          redpacket-postgres  RedPacket, with its ledger in PostgreSQL

        The command starts its own redis-server, rabbitmq-server and PostgreSQL, which must be installed when a way needs them, and prints
        one table in Markdown.

        Exit codes:
            0  measured
            1  a way could not be measured. The table says why
           99  RedPacket lost or duplicated a share, its queue was not empty in time, or its report is not CONSISTENT
          104  an option is wrong
          105  interrupted

        Examples:
          ways                                             two rounds of 10 s each
          ways --only postgres,redpacket --warmup 60s      when both are warm
          ways --rounds 0 --kill broker,service,database   what is lost when something dies
          ways --packets 1 --shares 100000                 one hot packet
        """;

    public static Command Create()
    {
        var duration = Arguments.Duration("--duration", "length of the measurement in each round (10s)", 0.1);
        var warmup = Arguments.Duration("--warmup", "length of the warm-up before it (2s)");
        var rounds = Arguments.Number("--rounds", "rounds of each way (2). 0 measures only the intervals of --kill", 0, 100);
        var packets = Arguments.Number("--packets", "packets to send before each round (5000)", 1, 200_000);
        var shares = Arguments.Number("--shares", "shares of each packet (100)", 1, 100_000);
        var connections = Arguments.Number("--connections", "connections. Each grabs again after its answer (64)", 1, 20_000);
        var only = new Option<string?>("--only") { Description = "ways, separated by commas (all)", HelpName = "names" };
        var kill = new Option<string?>("--kill")
        {
            Description = "broker, service or database, separated by commas. Adds an interval for each, in which it is killed (SIGKILL) "
                + "and started again, the service four times",
            HelpName = "names",
        };
        var down = Arguments.Duration("--down", "how long what was killed stays away (0s)");
        var fsync = new Option<string?>("--fsync") { Description = "appendfsync of Redis, always or everysec (everysec)" };
        fsync.AcceptOnlyFromAmong("always", "everysec");
        var drain = Arguments.Duration("--drain-limit", "how long the queue may take to drain (2m)", 0.1);
        var json = new Option<FileInfo?>("--json") { Description = "write the result as JSON to this file", HelpName = "file" };
        var command = new Command("ways", Help)
        {
            duration, warmup, rounds, packets, shares, connections, fsync, only, kill, down, drain, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var (ways, wrongWay) = ReadWays(parsed.GetValue(only));
            var (victims, wrongVictim) = ReadVictims(parsed.GetValue(kill), ways ?? []);
            var nothing = parsed.GetValue(rounds) == 0 && parsed.GetValue(kill) is null
                ? "--rounds 0 leaves nothing to measure. Add --kill, or give at least 1 round."
                : null;
            if ((wrongWay ?? wrongVictim ?? nothing) is { } error)
                return RunCommand.BadOption(error, "ways");
            var tokens = parsed.Tokens.Skip(1).Select(token => token.Value);
            return await Run(new WaysOptions(
                $"ways {string.Join(' ', tokens)}".TrimEnd(), ways!, parsed.GetValue(rounds) ?? 2,
                parsed.GetValue(duration) ?? TimeSpan.FromSeconds(10), parsed.GetValue(warmup) ?? TimeSpan.FromSeconds(2),
                parsed.GetValue(packets) ?? 5000, parsed.GetValue(shares) ?? 100, parsed.GetValue(connections) ?? 64,
                parsed.GetValue(fsync) ?? "everysec", victims!, parsed.GetValue(down) ?? TimeSpan.Zero,
                parsed.GetValue(drain) ?? TimeSpan.FromMinutes(2), parsed.GetValue(json)?.FullName));
        });
        return command;
    }

    private static (IReadOnlyList<Way>? Ways, string? Error) ReadWays(string? text)
    {
        if (text is null)
            return (Way.All, null);
        var keys = text.Split(',', StringSplitOptions.TrimEntries);
        if (keys.FirstOrDefault(key => Way.All.All(way => way.Key != key)) is { } unknown)
            return (null, $"--only must be some of {Way.Keys}, separated by commas; it had '{unknown}'.");
        return keys.Distinct().Count() < keys.Length
            ? (null, "--only must name each way once. Use --rounds for more rounds.")
            : ([.. keys.Select(key => Way.All.Single(way => way.Key == key))], null);
    }

    private static (IReadOnlyList<Victim>? Victims, string? Error) ReadVictims(string? text, IReadOnlyList<Way> ways)
    {
        var victims = new List<Victim>();
        foreach (var name in text?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            if (Enum.GetValues<Victim>().Where(victim => WaysTable.NameOf(victim) == name).ToArray() is not [var victim])
                return (null, $"--kill must be some of broker, service, database, separated by commas; it had '{name}'.");
            if (victims.Contains(victim))
                return (null, "--kill must name each once.");
            if (!ways.Any(way => way.Has(victim)))
                return (null, $"--kill {name} needs a way that has it. Add one to --only.");
            victims.Add(victim);
        }
        return (victims, null);
    }

    private static async Task<int> Run(WaysOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => RunCommand.Stop(context, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => RunCommand.Stop(context, stop));
        var document = await new WaysRun(options, Console.Error.WriteLine, TimeProvider.System, stop.Token).Execute();
        Console.Write(WaysTable.Of(document));
        if (options.Json is { } path)
            await File.WriteAllTextAsync(path, document.ToJson() + "\n");
        return document.Interrupted ? ExitCode.Interrupted
            : !document.IsRedPacketLossless ? ExitCode.Threshold
            : document.Results.Any(result => result.Error is not null) ? ExitCode.Internal : ExitCode.Passed;
    }
}
