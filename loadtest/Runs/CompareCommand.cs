using System.CommandLine;
using System.Text.Json;
using RedPacket.LoadTest.Report;

namespace RedPacket.LoadTest.Runs;

/// <summary><c>compare a.json b.json</c>: two results of <c>run --json</c>, figure by figure.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var first = new Argument<string>("a.json") { Description = "the result that counts as 100 %" };
        var second = new Argument<string>("b.json") { Description = "the result beside it" };
        var command = new Command("compare", """
            Two results of run --json side by side, with the differences in per cent of the first.

            Example:
              run --json before.json; …; run --json after.json; compare before.json after.json
            """) { first, second };
        command.SetAction(parsed =>
        {
            var (a, b) = (Read(parsed.GetRequiredValue(first)), Read(parsed.GetRequiredValue(second)));
            if ((a.Wrong ?? b.Wrong) is { } wrong)
                return RunCommand.BadOption(wrong);
            Console.Write(MetricDifference.Of(a.Document!, b.Document!, Path.GetFileName(parsed.GetRequiredValue(first)), Path.GetFileName(parsed.GetRequiredValue(second))));
            return ExitCode.Passed;
        });
        return command;
    }

    private static (ResultDocument? Document, string? Wrong) Read(string path)
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
            return (null, $"{path} is no result of run --json: {exception.Message}");
        }
    }
}
