using RedPacket.LoadTest.Report;
using Spectre.Console;

namespace RedPacket.LoadTest.Runs;

/// <summary>Writes the result: the summary to the terminal, the rest to files.</summary>
/// <param name="OnlyJson">Writes only the document to standard output.</param>
internal sealed record Outputs(bool OnlyJson, string? Json, string? Html, string? SvgFolder)
{
    public async Task Write(ResultDocument document)
    {
        if (OnlyJson)
            await Console.Out.WriteLineAsync(document.ToJson());
        else if (Console.IsOutputRedirected)
            await Console.Out.WriteLineAsync(Plain(document).TrimEnd());
        else
            Summary.Write(AnsiConsole.Console, document);
        if (Json is not null)
            await WriteFile(Json, document.ToJson() + "\n");
        if (Html is not null)
            await WriteFile(Html, HtmlReport.Of(document));
        if (SvgFolder is null)
            return;
        foreach (var (name, svg) in Plots.Of(document))
            await WriteFile(Path.Combine(SvgFolder, name + ".svg"), svg);
    }

    /// <summary>The summary for a file or a pipe, without colours, line breaks or trailing spaces.</summary>
    public static string Plain(ResultDocument document)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 400;
        Summary.Write(console, document);
        return string.Join('\n', writer.ToString().Split('\n').Select(line => line.TrimEnd()));
    }

    private static async Task WriteFile(string path, string text)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(path, text);
        await Console.Error.WriteLineAsync($"Wrote {path}");
    }
}
