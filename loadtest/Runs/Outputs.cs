using RedPacket.LoadTest.Report;
using Spectre.Console;

namespace RedPacket.LoadTest.Runs;

/// <summary>Writes the result: the summary to the terminal, the rest to files.</summary>
/// <param name="OnlyJson">Writes only the document to standard output.</param>
/// <param name="Quiet">Writes no progress.</param>
internal sealed record Outputs(bool OnlyJson, bool Quiet, string? Json, string? Html, string? SvgFolder)
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

    /// <summary>
    /// The summary for a file or a pipe, without colours or trailing spaces. Nothing is as wide as the usual width.
    /// </summary>
    public static string Plain(ResultDocument document, int width = 400)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = width;
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
