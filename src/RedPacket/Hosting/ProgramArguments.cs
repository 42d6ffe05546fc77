using System.CommandLine;
using System.Reflection;

namespace RedPacket.Hosting;

/// <summary>
/// The command line of a program: one of its commands with options, or settings for the service. .NET ignores what it
/// does not know there. Here an unknown word is refused with the nearest one that exists.
/// </summary>
internal static class ProgramArguments
{
    /// <summary>The addresses for operators, beside ASP.NET Core's <c>urls</c>.</summary>
    public const string ManagementUrls = "management-urls";

    /// <summary>The exit code of a program that was started wrongly, as of a shell's own commands.</summary>
    public const int Refused = 2;

    private const int RefusedCommand = 1;

    /// <summary>
    /// The host limits its own stop. The command line's two seconds would end it too early, with exit code 143.
    /// </summary>
    private static readonly InvocationConfiguration s_stop = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };

    /// <summary>
    /// Settings that have no section, ASP.NET Core's and one of this program. OpenTelemetry's begin with OTEL_.
    /// </summary>
    private static readonly string[] s_hosts =
    [
        "AllowedHosts",
        ManagementUrls,
        .. from field in typeof(WebHostDefaults).GetFields(BindingFlags.Public | BindingFlags.Static)
           where field.FieldType == typeof(string)
           select (string)field.GetValue(null)!,
    ];

    /// <summary>Executes a command, or without one runs the service. Returns the exit code.</summary>
    public static async Task<int> Run(RootCommand root, string[] args, Func<Task<int>> service)
    {
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction(_ => service());
        var parsed = root.Parse(args);
        string[] unknown = [.. Unknown(root, parsed, args)];
        foreach (var line in unknown)
            await Console.Error.WriteLineAsync(line);
        return unknown.Length == 0 ? await parsed.InvokeAsync(s_stop)
            : parsed.CommandResult.Command == root ? Refused : RefusedCommand;
    }

    /// <summary>A line for each word that is no command, no option and no setting.</summary>
    public static IEnumerable<string> Unknown(RootCommand root, ParseResult parsed, string[] args) =>
        parsed.CommandResult.Command != root ? OfCommand(parsed.CommandResult.Command, parsed.UnmatchedTokens)
        : parsed.Action == root.Action ? OfService(root, args)
        : [];

    private static IEnumerable<string> OfCommand(Command command, IReadOnlyList<string> unmatched)
    {
        for (var i = 0; i < unmatched.Count; i++)
        {
            if (!unmatched[i].StartsWith('-'))
            {
                yield return $"unexpected argument {unmatched[i]}";
                continue;
            }

            yield return Option(unmatched[i].Split('=')[0], command.Options.Select(option => option.Name));
            // The word behind it was meant as its value.
            if (i + 1 < unmatched.Count && !unmatched[i + 1].StartsWith('-'))
                i++;
        }
    }

    // As .NET reads settings: --name=value, --name value, /name value, name=value.
    private static IEnumerable<string> OfService(RootCommand root, string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var (word, hasValue) = args[i].Split('=', 2) is [var left, _] ? (left, true) : (args[i], false);
            var prefix = word.StartsWith("--", StringComparison.Ordinal) ? 2 : word.StartsWith('/') ? 1 : 0;
            if (prefix == 0 && word.StartsWith('-'))
            {
                yield return Option(word, root.Options.Select(option => option.Name));
            }
            else if (prefix == 0 && !hasValue)
            {
                yield return $"no command {word}" + Nearest.Question(Near(word, root.Subcommands.Select(command => command.Name)));
                yield break;
            }
            else if (!IsSetting(word[prefix..]))
            {
                yield return Option(word, Options(root));
                i += hasValue ? 0 : 1;
            }
            else if (!hasValue && ++i == args.Length)
            {
                yield return $"{word} needs a value: {word}=<value>";
            }
        }
    }

    // A name with a section is checked with the other settings, wherever it comes from.
    private static bool IsSetting(string name) => name.Contains(':', StringComparison.Ordinal)
        || s_hosts.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith("OTEL_", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Options(RootCommand root) =>
        root.Options.Select(option => option.Name).Concat(s_hosts.Select(name => $"--{name}"));

    private static string Option(string word, IEnumerable<string> options)
    {
        var setting = SettingNames.All.FirstOrDefault(setting => word.EndsWith(setting.Property.Name, StringComparison.OrdinalIgnoreCase)
            && word.TrimStart('-', '/').Length == setting.Property.Name.Length);
        return $"unknown option {word}" + Nearest.Question(setting is null ? Near(word, options) : $"--{setting.Name}");
    }

    private static string? Near(string word, IEnumerable<string> candidates) =>
        Nearest.Of(word, candidates, Math.Max(2, word.Length / 3));
}
