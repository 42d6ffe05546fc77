using System.CommandLine;
using RedPacket.LoadTest.Benchmarks;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Baselines;

namespace RedPacket.LoadTest;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var urls = new Option<string>("--urls") { DefaultValueFactory = _ => "http://127.0.0.1:5090" };
        var noop = new Command("noop", "The endpoint that does nothing, which --noop starts: what HTTP alone costs here.") { urls };
        noop.SetAction((parsed, _) => NoopProcess.Serve(parsed.GetValue(urls)!));
        var root = new RootCommand("""
            The load tool of RedPacket: how fast it is, and whether the money is right.

              dotnet run -c Release --project loadtest -- run
            """) { RunCommand.Create(), CompareCommand.Create(), BaselinesCommand.Create(), BenchCommand.Create(), noop, BaselinesCommand.CreateServer() };
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
            return RunCommand.BadOption(string.Join('\n', parsed.Errors.Select(error => error.Message)), parsed.CommandResult.Command is RootCommand ? "run" : parsed.CommandResult.Command.Name);
        // Signals are the commands' own: a run that is interrupted still writes its summary.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }
}
