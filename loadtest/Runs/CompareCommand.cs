using System.CommandLine;
using System.Text.Json;
using RedPacket.LoadTest.Report;

namespace RedPacket.LoadTest.Runs;

/// <summary><c>compare a.json b.json</c> compares two results of <c>run --json</c>, metric by metric.</summary>
internal static class CompareCommand
{
    private const string Help = """
        Compares two results of run --json, with differences in percent of the first. Better and worse are marked beyond the noise.

        Example:
          run --json before.json
          run --json after.json
          compare before.json after.json --fail-if 'p99>+20%' --fail-if 'won.rate<-10%'

        Exit codes:
            0  compared
           99  a --fail-if came true
          104  an option is wrong, or a file is not a result
        """;

    public static Command Create()
    {
        var first = new Argument<string>("a.json") { Description = "the base result (100 %)" };
        var second = new Argument<string>("b.json") { Description = "the result to compare with it" };
        var noise = Arguments.Number("--noise", "percent that two runs of the same thing may differ (5)", 0, 1000);
        var failIf = new Option<string[]>("--fail-if")
        {
            Description = "a change that ends with exit code 99. Examples: p99>+20%, won.rate<-10%, cpu>+5%. Metrics: see run --help",
            HelpName = "change",
        };
        var command = new Command("compare", Help) { first, second, noise, failIf };
        command.SetAction(parsed =>
        {
            var (pathA, pathB) = (parsed.GetRequiredValue(first), parsed.GetRequiredValue(second));
            var (a, b) = (Read(pathA), Read(pathB));
            var limits = (parsed.GetValue(failIf) ?? []).Select(ChangeLimit.Parse).ToArray();
            if (limits.Select(limit => limit.Error).Append(a.Error).Append(b.Error).OfType<string>().FirstOrDefault() is { } error)
                return RunCommand.BadOption(error, "compare");
            var (nameA, nameB) = (Path.GetFileName(pathA), Path.GetFileName(pathB));
            Console.Write(MetricDifference.Of(a.Document!, b.Document!, nameA, nameB, parsed.GetValue(noise) ?? 5));
            return Judge(a.Document!, b.Document!, [.. limits.Select(limit => limit.Limit!)]);
        });
        return command;
    }

    private static int Judge(ResultDocument a, ResultDocument b, ChangeLimit[] limits)
    {
        string[] crossed = [.. limits.Select(limit => limit.Crossed(a, b)).OfType<string>()];
        if (limits.Length > 0)
            Console.WriteLine(crossed.Length == 0 ? "\nPASSED" : $"\nFAILED {string.Join(", ", crossed)}");
        return crossed.Length == 0 ? ExitCode.Passed : ExitCode.Threshold;
    }

    private static (ResultDocument? Document, string? Error) Read(string path)
    {
        try
        {
            return (ResultDocument.Parse(File.ReadAllText(path)), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"{path} cannot be read: {exception.Message}");
        }
        catch (JsonException exception)
        {
            return (null, $"{path} is not a result of run --json: {exception.Message}");
        }
    }
}
