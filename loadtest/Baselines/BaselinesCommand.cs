using System.CommandLine;
using System.Runtime.InteropServices;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Baselines;

/// <summary><c>ways</c>: the comparison; and the hidden <c>way</c>, which is one of the usual ways as a process.</summary>
internal static class BaselinesCommand
{
    private const string Help = """
        Runs the usual ways from a grab to the ledger beside ours, by turns on the same servers, with the same grabs and the same record of every "won":

          a  the request writes a row (EF Core, SQLite) before it answers
          b  the request publishes one message (MassTransit, RabbitMQ, confirmed) before it answers; a consumer writes a row per message.
             A publish that fails is logged and forgotten
          c  RedPacket

        It needs redis-server and rabbitmq-server, starts its own, and prints one table in Markdown. Ends with 0; with 99 when ours lost or doubled
        a share, 104 for a bad option, 105 when it was interrupted, 1 when something did not start.

        Examples:
          ways                                  two turns of 10 s each
          ways --only b,c --kill-broker         and what is lost when the broker dies in the middle
        """;

    public static Command Create()
    {
        var duration = Arguments.Duration("--duration", "how long grabs are measured in each turn (10s)", 0.1);
        var warmup = Arguments.Duration("--warmup", "how long before that they are not (2s)");
        var rounds = Arguments.Number("--rounds", "turns of each way (2); 0 with --kill-broker: only the turn in which it is killed", 0, 100);
        var packets = Arguments.Number("--packets", "packets of 100 shares that are sent before each turn (5000)", 1, 200_000);
        var connections = Arguments.Number("--connections", "connections, each of which asks again as soon as it was answered (64)", 1, 20_000);
        var only = new Option<string?>("--only") { Description = "which ways, parted by commas (a,b,c)", HelpName = "letters" };
        var kill = new Option<bool>("--kill-broker") { Description = "a further turn of b and c: the broker is killed (SIGKILL) in the middle and started again" };
        var drain = Arguments.Duration("--drain-limit", "how long a way's queue may take to become empty (2m)", 0.1);
        var json = new Option<FileInfo?>("--json") { Description = "write the result as JSON to this file", HelpName = "file" };
        var command = new Command("ways", Help) { duration, warmup, rounds, packets, connections, only, kill, drain, json };
        command.SetAction(async (parsed, _) =>
        {
            var (letters, wrong) = ReadLetters(parsed.GetValue(only), parsed.GetValue(kill));
            if (parsed.GetValue(rounds) == 0 && !parsed.GetValue(kill))
                wrong ??= "--rounds 0 leaves nothing to do without --kill-broker.";
            if (letters is null || wrong is not null)
                return RunCommand.BadOption(wrong!, "ways");
            var second = TimeSpan.FromSeconds(1);
            return await Run(new BaselinesOptions($"ways {string.Join(' ', parsed.Tokens.Skip(1).Select(token => token.Value))}".TrimEnd(), letters, parsed.GetValue(rounds) ?? 2,
                parsed.GetValue(duration) ?? 10 * second, parsed.GetValue(warmup) ?? 2 * second, parsed.GetValue(packets) ?? 5000, parsed.GetValue(connections) ?? 64,
                parsed.GetValue(kill), parsed.GetValue(drain) ?? 120 * second, parsed.GetValue(json)?.FullName));
        });
        return command;
    }

    /// <summary>One of the usual ways as a process, which the comparison starts.</summary>
    public static Command CreateServer()
    {
        var kind = new Argument<string>("kind");
        kind.AcceptOnlyFromAmong(BaselineServer.Sync, BaselineServer.Publish);
        var urls = new Option<string>("--urls") { Required = true };
        var redis = new Option<string>("--redis") { Required = true };
        var rabbit = new Option<string?>("--rabbitmq");
        var ledger = new Option<string>("--ledger") { Required = true };
        var queue = new Option<string>("--queue") { DefaultValueFactory = _ => "grabs" };
        var command = new Command("way", "One of the usual ways, which ways starts.") { kind, urls, redis, rabbit, ledger, queue };
        command.Hidden = true;
        command.SetAction((parsed, _) => BaselineServer.Serve(new BaselineSettings(parsed.GetValue(kind)!, parsed.GetValue(urls)!, parsed.GetValue(redis)!, parsed.GetValue(rabbit),
            parsed.GetValue(ledger)!, parsed.GetValue(queue)!)));
        return command;
    }

    private static (IReadOnlyList<string>? Letters, string? Wrong) ReadLetters(string? text, bool kill)
    {
        string[] letters = text is null ? [.. Baseline.All.Select(way => way.Letter)] : text.Split(',', StringSplitOptions.TrimEntries);
        if (letters.FirstOrDefault(letter => Baseline.All.All(way => way.Letter != letter)) is { } stranger)
            return (null, $"--only takes ways parted by commas, of a, b and c, and not '{stranger}'.");
        if (letters.Distinct().Count() < letters.Length)
            return (null, "--only takes each way once; --rounds says how many turns it gets.");
        return kill && !letters.Any(Baseline.HasBroker) ? (null, "--kill-broker needs a way that has a broker: b or c.") : (letters, null);
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
            return document.Interrupted ? ExitCode.Interrupted : document.OursIsWell ? ExitCode.Passed : ExitCode.Threshold;
        }
        catch (TargetException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCode.Internal;
        }
    }
}
