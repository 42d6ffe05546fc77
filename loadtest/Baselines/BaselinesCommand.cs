using System.CommandLine;
using System.Runtime.InteropServices;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Baselines;

/// <summary>
/// <c>ways</c> compares RedPacket with the baselines. The hidden command <c>way</c> runs one baseline as a process.
/// </summary>
internal static class BaselinesCommand
{
    private const string Help = """
        Measures two baselines and RedPacket alternately on the same servers. All get the same grabs, and a record keeps every "won":

          a  the request writes a row (EF Core, SQLite) before it answers
          b  the request publishes one confirmed message (MassTransit, RabbitMQ) before it answers, and a consumer writes a row per message.
             A failed publish is logged and forgotten
          c  RedPacket

        The command starts its own redis-server and rabbitmq-server, which must be installed, and prints one table in Markdown.

        Exit codes:
            0  measured
            1  a program did not start
           99  RedPacket lost or duplicated a share, or its report is not CONSISTENT
          104  an option is wrong
          105  interrupted

        Examples:
          ways                                  two rounds of 10 s each
          ways --only b,c --kill-broker         also shows what is lost when the broker dies
        """;

    public static Command Create()
    {
        var duration = Arguments.Duration("--duration", "length of the measurement in each round (10s)", 0.1);
        var warmup = Arguments.Duration("--warmup", "length of the warm-up before it (2s)");
        var rounds = Arguments.Number("--rounds", "rounds of each baseline (2). 0 measures only the interval of --kill-broker", 0, 100);
        var packets = Arguments.Number("--packets", "packets of 100 shares to send before each round (5000)", 1, 200_000);
        var connections = Arguments.Number("--connections", "connections. Each grabs again after its answer (64)", 1, 20_000);
        var only = new Option<string?>("--only") { Description = "baselines, separated by commas (a,b,c)", HelpName = "letters" };
        var kill = new Option<bool>("--kill-broker") { Description = "add an interval of b and c in which the broker is killed (SIGKILL)" };
        var drain = Arguments.Duration("--drain-limit", "how long the queue may take to drain (2m)", 0.1);
        var json = new Option<FileInfo?>("--json") { Description = "write the result as JSON to this file", HelpName = "file" };
        var command = new Command("ways", Help) { duration, warmup, rounds, packets, connections, only, kill, drain, json };
        command.SetAction(async (parsed, _) =>
        {
            var (letters, error) = ReadLetters(parsed.GetValue(only), parsed.GetValue(kill));
            if (parsed.GetValue(rounds) == 0 && !parsed.GetValue(kill))
                error ??= "--rounds 0 leaves nothing to measure. Add --kill-broker, or give at least 1 round.";
            if (letters is null || error is not null)
                return RunCommand.BadOption(error!, "ways");
            var tokens = parsed.Tokens.Skip(1).Select(token => token.Value);
            return await Run(new BaselinesOptions(
                $"ways {string.Join(' ', tokens)}".TrimEnd(), letters, parsed.GetValue(rounds) ?? 2,
                parsed.GetValue(duration) ?? TimeSpan.FromSeconds(10), parsed.GetValue(warmup) ?? TimeSpan.FromSeconds(2),
                parsed.GetValue(packets) ?? 5000, parsed.GetValue(connections) ?? 64, parsed.GetValue(kill),
                parsed.GetValue(drain) ?? TimeSpan.FromMinutes(2), parsed.GetValue(json)?.FullName));
        });
        return command;
    }

    /// <summary>The command that runs one baseline as a process. The comparison starts it.</summary>
    public static Command CreateServer()
    {
        var kind = new Argument<string>("kind");
        kind.AcceptOnlyFromAmong(BaselineServer.Sync, BaselineServer.Publish);
        var urls = new Option<string>("--urls") { Required = true };
        var redis = new Option<string>("--redis") { Required = true };
        var rabbit = new Option<string?>("--rabbitmq");
        var ledger = new Option<string>("--ledger") { Required = true };
        var queue = new Option<string>("--queue") { DefaultValueFactory = _ => "grabs" };
        var command = new Command("way", "Runs one baseline of ways.") { kind, urls, redis, rabbit, ledger, queue };
        command.Hidden = true;
        command.SetAction((parsed, _) => BaselineServer.Serve(new BaselineSettings(
            parsed.GetValue(kind)!, parsed.GetValue(urls)!, parsed.GetValue(redis)!, parsed.GetValue(rabbit), parsed.GetValue(ledger)!,
            parsed.GetValue(queue)!)));
        return command;
    }

    private static (IReadOnlyList<string>? Letters, string? Error) ReadLetters(string? text, bool kill)
    {
        string[] all = [.. Baseline.All.Select(baseline => baseline.Letter)];
        var letters = text is null ? all : text.Split(',', StringSplitOptions.TrimEntries);
        if (letters.Except(all).FirstOrDefault() is { } unknown)
            return (null, $"--only must be letters of a, b and c, separated by commas; it had '{unknown}'.");
        if (letters.Distinct().Count() < letters.Length)
            return (null, "--only must name each baseline once. Use --rounds for more rounds.");
        return kill && !letters.Any(Baseline.HasBroker)
            ? (null, "--kill-broker needs a baseline with a broker. Add b or c to --only.")
            : (letters, null);
    }

    private static async Task<int> Run(BaselinesOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => RunCommand.Stop(context, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => RunCommand.Stop(context, stop));
        try
        {
            await using var run = new BaselinesRun(options, Console.Error.WriteLine, TimeProvider.System, stop.Token);
            var document = await run.Execute();
            Console.Write(BaselinesTable.Of(document));
            if (options.Json is { } path)
                await File.WriteAllTextAsync(path, document.ToJson() + "\n");
            return document.Interrupted ? ExitCode.Interrupted : document.IsRedPacketLossless ? ExitCode.Passed : ExitCode.Threshold;
        }
        catch (TargetException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCode.Internal;
        }
    }
}
