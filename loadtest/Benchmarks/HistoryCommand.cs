using System.CommandLine;
using System.Diagnostics;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Runs;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary><c>history</c> makes a ledger with many transfers, for measurements beside it.</summary>
internal static class HistoryCommand
{
    public static Command Create()
    {
        var ledger = new Option<string>("--ledger")
        {
            Description = "connection string of a ledger that does not exist yet, or is empty",
            HelpName = "Data Source=… | Host=…",
            Required = true,
        };
        var transfers = Arguments.Number("--transfers", "how many transfers it gets (1000000)", 2, 100_000_000);
        var command = new Command("history", "Makes a ledger of archived packets, to measure beside a long history.") { ledger, transfers };
        command.SetAction(async (parsed, _) =>
        {
            var packets = (parsed.GetValue(transfers) ?? 1_000_000) / 2;
            var watch = Stopwatch.StartNew();
            try
            {
                await ArchivedHistory.Make(parsed.GetValue(ledger)!, packets, made => Show(made, packets));
            }
            catch (TargetException exception)
            {
                await Console.Error.WriteLineAsync(exception.Message);
                return ExitCode.Internal;
            }
            Console.WriteLine($"{Format.Number(2.0 * packets)} transfers in {Format.Time(watch.Elapsed.TotalMilliseconds)}");
            return ExitCode.Passed;
        });
        return command;
    }

    private static void Show(int made, int packets)
    {
        if (made % 100_000 == 0)
            Console.WriteLine($"{Format.Number(2.0 * made)} of {Format.Number(2.0 * packets)} transfers");
    }
}
