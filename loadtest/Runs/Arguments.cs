using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;
using RedPacket.LoadTest.Target;

namespace RedPacket.LoadTest.Runs;

/// <summary>
/// Options with values such as durations, pairs and addresses. Each error says what the option takes.
/// </summary>
internal static partial class Arguments
{
    [GeneratedRegex(@"^(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>ms|s|m|h)$")]
    private static partial Regex DurationForm();

    /// <summary>A duration, for example 500ms, 20s, 10m or 8h.</summary>
    public static Option<TimeSpan?> Duration(string name, string description, double least = 0) => new(name)
    {
        Description = description,
        HelpName = "time",
        CustomParser = result => ReadDuration(result, name, least),
    };

    /// <summary>A whole number in a range.</summary>
    public static Option<int?> Number(string name, string description, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "n" };
        option.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.Tokens is not [var token])
                return;
            var isNumber = int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            if (!isNumber || number < least || number > most)
                result.AddError(FormattableString.Invariant(
                    $"{name} must be a whole number from {least} to {most}; it was '{token.Value}'."));
        });
        return option;
    }

    /// <summary>A positive rate per second.</summary>
    public static Option<double?> Rate(string name, string description, string value = "per second") => new(name)
    {
        Description = description,
        HelpName = value,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var isNumber = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate);
            if (isNumber && rate is > 0 and <= 1_000_000)
                return rate;
            result.AddError($"{name} must be a number above 0 and at most 1000000; it was '{text}'.");
            return null;
        },
    };

    /// <summary>Returns an error for anything but an http address without a path.</summary>
    public static string? CheckUrl(string text) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme != "http"
            ? $"'{text}' is not an http address. Write http://host:port. Measure a service behind TLS without the TLS proxy."
        : url.PathAndQuery != "/"
            ? $"'{text}' has a path. Write http://host:port. Measure a service under a path without its proxy."
        : null;

    /// <summary>Reads name=pid of a running process.</summary>
    public static (Watched? Watched, string? Error) ReadPid(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } name, var number]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ProcessTimes.IsRunning(id)
            ? (new Watched(name, id), null)
            : (null, $"--pid must be <name>=<id of a running process>, for example redis=1234; it was '{text}'.");

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
        result.AddError(FormattableString.Invariant(
            $"{name} must be a time with its unit, from {least} s to 7 days, for example 500ms, 20s, 10m or 8h; it was '{text}'."));
        return null;
    }
}
