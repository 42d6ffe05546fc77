using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace RedPacket.Hosting;

/// <summary>All settings are checked together before the program starts, and each mistake is one line.</summary>
internal static class SettingsSetup
{
    /// <summary>Binds a class of options to its section, and checks it at the start.</summary>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, IConfiguration settings) where T : class
    {
        var binder = new SettingsBinder<T>(settings);
        services.AddSingleton<IConfigureOptions<T>>(binder).AddSingleton<IValidateOptions<T>>(binder);
        return services.AddOptions<T>().ValidateOnStart();
    }

    /// <summary>
    /// Keeps the program from starting. For mistakes that are found while the rooms are put together.
    /// </summary>
    public static IServiceCollection AddMistakes(this IServiceCollection services, params IEnumerable<string?> mistakes)
    {
        foreach (var mistake in mistakes.OfType<string>())
            services.AddOptions<Composition>().Validate(_ => false, mistake).ValidateOnStart();
        return services;
    }

    /// <summary>Throws one exception with all mistakes.</summary>
    public static void CheckSettings(this IServiceProvider services) =>
        services.GetService<IStartupValidator>()?.Validate();

    private sealed class Composition;
}

/// <summary>
/// Sets the properties of a class of options. A value that cannot be read leaves the default, and is a mistake.
/// </summary>
internal sealed class SettingsBinder<T>(IConfiguration settings) : IConfigureOptions<T>, IValidateOptions<T> where T : class
{
    private static readonly Setting[] s_settings = [.. SettingNames.Of(typeof(T))];

    public void Configure(T options)
    {
        foreach (var setting in s_settings)
            if (TryRead(setting, out var value) && value is not null)
                setting.Property.SetValue(options, value);
    }

    public ValidateOptionsResult Validate(string? name, T options)
    {
        string[] mistakes = [.. s_settings.Select(setting => Mistake(setting, options)).OfType<string>()];
        return mistakes.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private string? Mistake(Setting setting, T options)
    {
        if ((setting.IsList && settings[setting.Name] is { Length: > 0 }) || !TryRead(setting, out _))
            return $"{setting.Name} takes {Expected(setting)}{Quoted(setting)}.";
        var value = setting.Property.GetValue(options);
        return setting.Property.GetCustomAttributes<ValidationAttribute>().FirstOrDefault(rule => !IsValid(rule, value)) switch
        {
            null => null,
            RangeAttribute range => string.Create(CultureInfo.InvariantCulture,
                $"{setting.Name} takes {range.Minimum} to {range.Maximum}; it was {value}."),
            var rule => rule.FormatErrorMessage(setting.Name),
        };
    }

    // The bounds of a long may be written as int, and then the rule itself overflows.
    private static bool IsValid(ValidationAttribute rule, object? value) => (rule, value) switch
    {
        (RangeAttribute { Minimum: int least, Maximum: int most }, long number) => number >= least && number <= most,
        _ => rule.IsValid(value),
    };

    // False for a value of another type. Null when the setting is absent.
    private bool TryRead(Setting setting, out object? value)
    {
        value = null;
        if (setting.Property.PropertyType == typeof(TimeSpan) && settings[setting.Name] is { } text && !IsDuration(text))
            return false;
        try
        {
            value = settings.GetSection(setting.Name).Get(setting.Property.PropertyType);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // .NET would read 60 and 24:00:00 as days.
    private static bool IsDuration(string text) => text == "0"
        || (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out _));

    private static string Expected(Setting setting) => setting.Property.PropertyType switch
    {
        var type when type == typeof(bool) => "true or false",
        var type when type == typeof(int) || type == typeof(long) => "a whole number",
        var type when type == typeof(TimeSpan) => "a duration such as 00:00:05 or 1.00:00:00",
        var type when type == typeof(Uri) => "an address such as http://host:5080",
        _ => $"numbered values: the first is {setting.Key}",
    };

    // An address or a list may hold a secret.
    private string Quoted(Setting setting) =>
        setting.Property.PropertyType.IsValueType ? $"; it was {StartError.Quoted(settings[setting.Name])}" : "";
}
