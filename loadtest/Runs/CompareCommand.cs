using System.CommandLine;
using System.Text.Json;
using RedPacket.LoadTest.Report;

namespace RedPacket.LoadTest.Runs;

/// <summary><c>compare a.json b.json</c> compares two results of <c>run --json</c>, metric by metric.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var first = new Argument<string>("a.json") { Description = "the base result (100 %)" };
        var second = new Argument<string>("b.json") { Description = "the result to compare with it" };
        var command = new Command("compare", """
            Compares two results of run --json, with differences in percent of the first.

            Example:
              run --json before.json
              run --json after.json
              compare before.json after.json
            """) { first, second };
        command.SetAction(parsed =>
        {
            var (pathA, pathB) = (parsed.GetRequiredValue(first), parsed.GetRequiredValue(second));
            var (a, b) = (Read(pathA), Read(pathB));
            if ((a.Error ?? b.Error) is { } error)
                return RunCommand.BadOption(error, "compare");
            Console.Write(MetricDifference.Of(a.Document!, b.Document!, Path.GetFileName(pathA), Path.GetFileName(pathB)));
            return ExitCode.Passed;
        });
        return command;
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
