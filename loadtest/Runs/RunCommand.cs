using System.CommandLine;
using System.Runtime.InteropServices;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using Spectre.Console;

namespace RedPacket.LoadTest.Runs;

/// <summary><c>run</c> makes one run with its summary, files and exit code.</summary>
internal static class RunCommand
{
    private const string Help = """
        Sends packets, grabs them, waits until the ledger has all shares, and compares every share that was answered "won" with the ledger.

        Examples:
          run                      starts the demo and runs the canonical workload for 20 s
          run --rate 5000 --duration 60s -t 'p99<50ms' -t 'lag.p99<2s'
          run --stages 0:100,10s:1500,20s:100
          run --ramp 100-1500 --duration 60s
          run --max --servers      searches the highest rate that holds, on a real Redis and RabbitMQ
          run --workload hot --noop --html report.html
          run --url http://localhost:5080 --ledger 'Data Source=data/ledger.db' --pid redis=1234 --json result.json

        Exit codes:
            0  passed
            1  the service could not be measured
           99  a threshold failed, the money does not balance, or nothing was measured
          104  an option is wrong
          105  interrupted (the summary is still written)
        """;

    public static Command Create()
    {
        var arguments = new RunArguments();
        var json = new Option<string?>("--json")
        {
            Description = "write the result as JSON to this file, or without a file as the only standard output",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "file",
        };
        var html = new Option<FileInfo?>("--html") { Description = "write a report to this file, one offline page", HelpName = "file" };
        var svg = new Option<DirectoryInfo?>("--svg") { Description = "write the plots to this folder as SVG", HelpName = "folder" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "write no progress, only the summary" };
        var command = new Command("run", Help) { json, html, svg, quiet };
        foreach (var option in arguments.All)
            command.Options.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            var tokens = parsed.Tokens.Skip(1).Select(token => Quoted(token.Value));
            var (options, error) = arguments.Read(parsed, $"run {string.Join(' ', tokens)}".TrimEnd());
            if (options is null)
                return BadOption(error!);
            var path = parsed.GetValue(json);
            var onlyJson = parsed.GetResult(json) is { Implicit: false } && path is null;
            return await Run(options, new Outputs(
                onlyJson, parsed.GetValue(quiet), path, parsed.GetValue(html)?.FullName, parsed.GetValue(svg)?.FullName));
        });
        return command;
    }

    /// <summary>Writes an error and the command for help.</summary>
    public static int BadOption(string error, string command = "run")
    {
        Console.Error.WriteLine(error);
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
            await Console.Error.WriteLineAsync("Interrupted before the first packet was sent, so there is no summary.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>
    /// The first signal ends the run early with a summary. The second ends this process and all it started immediately.
    /// </summary>
    public static void Stop(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        if (stop.IsCancellationRequested)
            Environment.Exit(ExitCode.Interrupted);
        stop.Cancel();
    }

    private static RunView ViewOf(Plan plan, Outputs outputs)
    {
        if (outputs.Quiet)
            return new PlainView(TextWriter.Null, plan.Duration);
        if (outputs.OnlyJson)
            return new PlainView(Console.Error, plan.Duration);
        return !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive
            ? new TerminalView(AnsiConsole.Console, $"{plan.Name}, {plan.Model}, {Format.Time(plan.Duration.TotalMilliseconds)}")
            : new PlainView(Console.Out, plan.Duration);
    }

    private static string Quoted(string token) => token.IndexOfAny([' ', '<', '>', '|', '&', ';', '\'', '"', '$', '*']) < 0
        ? token
        : $"'{token.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
