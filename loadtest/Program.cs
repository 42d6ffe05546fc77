using System.CommandLine;
using RedPacket.LoadTest.Ways;
using RedPacket.LoadTest.Benchmarks;
using RedPacket.LoadTest.Runs;

namespace RedPacket.LoadTest;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        var urls = new Option<string>("--urls") { DefaultValueFactory = _ => "http://127.0.0.1:5090" };
        var noop = new Command("noop", "Serves the endpoint of --noop, which does nothing and shows what HTTP alone costs.") { urls };
        noop.SetAction((parsed, _) => NoopProcess.Serve(parsed.GetValue(urls)!));
        var root = new RootCommand("""
            The load tool of RedPacket measures its speed and checks that the money is right.

              dotnet run -c Release --project loadtest -- run
            """)
        {
            RunCommand.Create(), CompareCommand.Create(), WaysCommand.Create(), BenchCommand.Create(),
            HistoryCommand.Create(), noop,
        };
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            var command = parsed.CommandResult.Command is RootCommand ? "run" : parsed.CommandResult.Command.Name;
            return RunCommand.BadOption(string.Join('\n', parsed.Errors.Select(error => error.Message)), command);
        }
        // The commands handle signals, because an interrupted run still writes its summary.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }
}
