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

    /// <summary>Keeps the program from starting. For mistakes that are found while the rooms are put together.</summary>
    public static IServiceCollection AddMistakes(this IServiceCollection services, params IEnumerable<string?> mistakes)
    {
        foreach (var mistake in mistakes.OfType<string>())
            services.AddOptions<Composition>().Validate(_ => false, mistake).ValidateOnStart();
        return services;
    }

    /// <summary>Throws one exception with all mistakes.</summary>
    public static void CheckSettings(this IServiceProvider services) => services.GetService<IStartupValidator>()?.Validate();

    private sealed class Composition;
}

/// <summary>Sets the properties of a class of options. A value that cannot be read leaves the default, and is a mistake.</summary>
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
        if (!TryRead(setting, out _))
            return $"{setting.Name} takes {Expected(setting.Property.PropertyType)}; it was '{settings[setting.Name]}'.";
        var value = setting.Property.GetValue(options);
        return setting.Property.GetCustomAttributes<ValidationAttribute>().FirstOrDefault(rule => !rule.IsValid(value)) switch
        {
            null => null,
            RangeAttribute range => string.Create(CultureInfo.InvariantCulture,
                $"{setting.Name} takes {range.Minimum} to {range.Maximum}; it was {value}."),
            var rule => rule.FormatErrorMessage(setting.Name),
        };
    }

    // False for a value of another type. Null when the setting is absent.
    private bool TryRead(Setting setting, out object? value)
    {
        value = null;
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

    private static string Expected(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Boolean => "true or false",
        TypeCode.Int32 or TypeCode.Int64 => "a whole number",
        _ => "a duration such as 00:00:05",
    };
}
