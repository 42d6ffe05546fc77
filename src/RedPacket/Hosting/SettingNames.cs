using System.Collections;
using System.Globalization;
using System.Reflection;

namespace RedPacket.Hosting;

/// <summary>One setting of this program.</summary>
/// <param name="Name">Section and property, such as <c>Packets:Shards</c>.</param>
/// <param name="Default">In text. Null when there is none.</param>
internal sealed record Setting(string Name, PropertyInfo Property, string? Default)
{
    public string Section => Name[..Name.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>The key under which its value, or its first one, is set.</summary>
    public string Key => IsList ? $"{Name}:0" : Name;

    /// <summary>True when its values are numbered: <c>Jwt:SigningKeys:0</c>.</summary>
    public bool IsList => Property.PropertyType.IsArray;

    public bool IsNamedBy(string key) => Name.Equals(key, StringComparison.OrdinalIgnoreCase)
        || (IsList && key.StartsWith(Name + ":", StringComparison.OrdinalIgnoreCase)
            && ushort.TryParse(key.AsSpan(Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _));
}

/// <summary>
/// All settings, read off the classes with a <see cref="SectionAttribute"/>. Those of the framework are not here.
/// </summary>
internal static class SettingNames
{
    /// <summary>An unknown section is taken for one of ours when the whole name differs by so few letters.</summary>
    private const int TypingError = 2;

    /// <summary>Names without a section that close a door. A misspelt one would leave it open.</summary>
    private static readonly string[] s_doors = ["AllowedHosts", ProgramArguments.ManagementUrls];

    /// <summary>Of the service, of the program that runs, and of our parts in it.</summary>
    public static IReadOnlyList<Setting> All { get; } =
        Of([typeof(SettingNames).Assembly, Assembly.GetEntryAssembly(), .. Parts(Assembly.GetEntryAssembly())]);

    public static IReadOnlyList<Setting> Of(params Assembly?[] programs) =>
    [
        .. from program in programs.OfType<Assembly>().Distinct()
           from type in program.GetTypes()
           where type.IsDefined(typeof(SectionAttribute))
           from setting in Of(type)
           orderby setting.Name
           select setting,
    ];

    public static IEnumerable<Setting> Of(Type options)
    {
        var section = options.GetCustomAttribute<SectionAttribute>()?.Name
            ?? throw new InvalidOperationException($"{options.Name} needs the attribute Section.");
        var defaults = Activator.CreateInstance(options);
        return from property in options.GetProperties()
               where property.SetMethod is { IsPublic: true }
               select new Setting($"{section}:{property.Name}", property, Text(property.GetValue(defaults)));
    }

    /// <summary>
    /// A line for each name in our sections that is no setting, and for each name that is nearly one of ours.
    /// </summary>
    public static IEnumerable<string> Unknown(IConfiguration settings) => UnknownInSections(settings).Concat(
        from pair in settings.AsEnumerable()
        where pair.Value is not null && !s_doors.Contains(pair.Key, StringComparer.OrdinalIgnoreCase)
        let near = Nearest.Of(pair.Key, s_doors, TypingError)
        where near is not null
        select $"unknown setting {pair.Key}{Nearest.Question(near)}");

    private static IEnumerable<Assembly> Parts(Assembly? program) =>
        from part in program?.GetReferencedAssemblies() ?? []
        where part.Name!.StartsWith("RedPacket.", StringComparison.Ordinal)
        select Assembly.Load(part);

    private static IEnumerable<string> UnknownInSections(IConfiguration settings) =>
        from pair in settings.AsEnumerable()
        where pair.Value is not null && pair.Key.Contains(':', StringComparison.Ordinal) && !All.Any(setting => setting.IsNamedBy(pair.Key))
        let isOurs = All.Any(setting => pair.Key.StartsWith(setting.Section + ":", StringComparison.OrdinalIgnoreCase))
        let near = Nearest.Of(pair.Key, All.Select(setting => setting.Key), isOurs ? pair.Key.Length / 3 : TypingError)
        where isOurs || near is not null
        select $"unknown setting {pair.Key}{Nearest.Question(near)}";

    /// <summary>A list for <c>--help</c>, with defaults.</summary>
    public static string Help => List(All);

    /// <summary>A line for each, with its default.</summary>
    public static string List(IEnumerable<Setting> settings) => string.Join('\n', settings.Select(setting =>
        $"  {setting.Key}{(setting.Default is { } value ? $" = {value}" : "")}"));

    private static string? Text(object? value) => value switch
    {
        null or "" or ICollection { Count: 0 } => null,
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
