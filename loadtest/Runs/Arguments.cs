using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>Options whose values are not plain words: durations, pairs, addresses. Each refuses what it cannot read, and says what it takes.</summary>
internal static partial class Arguments
{
    [GeneratedRegex(@"^(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>ms|s|m|h)$")]
    private static partial Regex DurationForm();

    /// <summary>A duration: 500ms, 20s, 10m, 8h.</summary>
    public static Option<TimeSpan?> Duration(string name, string description, double least = 0) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = result => ReadDuration(result, name, least),
    };

    /// <summary>A whole number within bounds.</summary>
    public static Option<int?> Number(string name, string description, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "n" };
        option.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.Tokens is not [var token])
                return;
            if (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is a whole number from {least} to {most}, and not '{token.Value}'."));
        });
        return option;
    }

    /// <summary>A rate per second, over 0.</summary>
    public static Option<double?> Rate(string name, string description, string value = "per second") => new(name)
    {
        Description = description,
        HelpName = value,
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) && rate is > 0 and <= 1_000_000)
                return rate;
            result.AddError($"{name} is a number over 0 and at most 1000000, and not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

    /// <summary>An address of http; several are allowed where the option is.</summary>
    public static string? RefuseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == "http"
            ? null
            : $"'{text}' is no http address. Write http://host:port; behind TLS, measure the service itself.";

    /// <summary>name=pid, of a process that is there.</summary>
    public static (Watched? Watched, string? Wrong) ReadPid(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } name, var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ProcessTimes.IsThere(id)
            ? (new Watched(name, id), null)
            : (null, $"--pid is <name>=<id of a process that runs>, for example redis=1234, and not '{text}'.");

    private static TimeSpan? ReadDuration(ArgumentResult result, string name, double least)
    {
        var text = result.Tokens[0].Value;
        var form = DurationForm().Match(text);
        if (form.Success)
        {
            var number = double.Parse(form.Groups["number"].Value, CultureInfo.InvariantCulture);
            var seconds = number * form.Groups["unit"].Value switch { "ms" => 0.001, "s" => 1, "m" => 60, _ => 3600 };
            if (seconds >= least && seconds <= 7 * 86400)
                return TimeSpan.FromSeconds(seconds);
        }
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is a time with its unit, from {least} s to 7 days: 500ms, 20s, 10m, 8h; and not '{text}'."));
        return null;
    }
}
