using System.CommandLine;
using System.Runtime.InteropServices;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using Spectre.Console;

namespace RedPacket.LoadTest.Runs;

/// <summary><c>run</c>: one run, its summary, its files, its exit code.</summary>
internal static class RunCommand
{
    private const string Help = """
        Sends packets, has them grabbed, waits until the ledger has it all, and compares every share that was answered "won" with the ledger.

        Examples:
          run                                            the demo, started for it; the canonical workload for 20 s
          run --rate 5000 --duration 60s -t 'p99<50ms' -t 'lag.p99<2s'
          run --max --servers                            the highest rate that holds, on a real Redis and RabbitMQ
          run --workload hot --noop --html report.html
          run --url http://localhost:5080 --ledger 'Data Source=data/ledger.db' --pid redis=1234 --json result.json

        Ends with 0 when it passed, 99 when a threshold was crossed or the money does not balance, 104 for a bad option, 105 when it was
        interrupted (the summary is written all the same), 1 when the service could not be used.
        """;

    public static Command Create()
    {
        var arguments = new RunArguments();
        var json = new Option<string?>("--json")
        {
            Description = "write the result as JSON to this file; without a file to standard output, and nothing else there",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "file",
        };
        var html = new Option<FileInfo?>("--html") { Description = "write a report to this file: one page, to be opened offline", HelpName = "file" };
        var svg = new Option<DirectoryInfo?>("--svg") { Description = "write the plots into this folder, as SVG", HelpName = "folder" };
        var command = new Command("run", Help) { json, html, svg };
        foreach (var option in arguments.All)
            command.Options.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            var (options, wrong) = arguments.Read(parsed, $"run {string.Join(' ', parsed.Tokens.Skip(1).Select(token => Quoted(token.Value)))}".TrimEnd());
            if (options is null)
                return BadOption(wrong!);
            var onlyJson = parsed.GetResult(json) is { Implicit: false } && parsed.GetValue(json) is null;
            return await Run(options, new Outputs(onlyJson, parsed.GetValue(json), parsed.GetValue(html)?.FullName, parsed.GetValue(svg)?.FullName));
        });
        return command;
    }

    /// <summary>One line of what is wrong, one of where to look.</summary>
    public static int BadOption(string wrong, string command = "run")
    {
        Console.Error.WriteLine(wrong);
        Console.Error.WriteLine($"See: dotnet run -c Release --project loadtest -- {command} --help");
        return ExitCode.BadOption;
    }

    private static async Task<int> Run(RunOptions options, Outputs outputs)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stop));
        var plan = Plan.Of(options);
        try
        {
            var document = await new LoadRun(options, plan, ViewOf(plan, outputs), TimeProvider.System, stop.Token).Execute();
            await outputs.Write(document);
            return document.Exit;
        }
        catch (TargetException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCode.Internal;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Interrupted before the first packet was sent: there is nothing to sum up.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>Once: the run ends early, in good order. Twice: at once; what was started here ends with this process.</summary>
    public static void Stop(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        if (stop.IsCancellationRequested)
            Environment.Exit(ExitCode.Interrupted);
        stop.Cancel();
    }

    private static RunView ViewOf(Plan plan, Outputs outputs)
    {
        if (outputs.OnlyJson)
            return new PlainView(Console.Error, plan.Duration);
        return !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive
            ? new TerminalView(AnsiConsole.Console, $"{plan.Name}, {plan.Model}, {Format.Time(plan.Duration.TotalMilliseconds)}")
            : new PlainView(Console.Out, plan.Duration);
    }

    private static string Quoted(string token) => token.IndexOfAny([' ', '<', '>', '|', '&', ';', '\'', '"', '$', '*']) < 0 ? token : $"'{token.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
