using Microsoft.Extensions.Logging.Console;
using RedPacket.Hosting;
using RedPacket.Http;

namespace RedPacket;

/// <summary>Chooses what is logged, and in which form.</summary>
internal static class LogSetup
{
    private const string FormatterName = "Logging:Console:FormatterName";

    private static readonly string[] s_formatters =
        [ConsoleFormatterNames.Simple, ConsoleFormatterNames.Json, ConsoleFormatterNames.Systemd];

    /// <summary>
    /// One line per event on the console, in the form that <c>Logging:Console:FormatterName</c> names.
    /// </summary>
    public static void AddLogs(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders()
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("MassTransit", LogLevel.Warning)
            // The framework's handler logs under our name: a stack trace for each bad token, and a line for each call
            // without one.
            .AddFilter("RedPacket.Http.Identity", LogLevel.Warning)
            // Readiness says it in words. The framework would report every check, with a stack trace.
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
            // The room Ledger reports an outage once. EF Core and Npgsql would report every attempt, with a stack
            // trace.
            .AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None).AddFilter("Npgsql", LogLevel.None)
            // RoleForwarder reports a peer that is lost once. YARP would report every call.
            .AddFilter("Yarp", LogLevel.None);
        // Without a name the console overwrites the options of its formatter. AddSimpleConsole would overwrite the name
        // that is set.
        builder.Services
            .Configure<ConsoleLoggerOptions>(console => console.FormatterName ??= ConsoleFormatterNames.Simple)
            .Configure<SimpleConsoleFormatterOptions>(simple => simple.SingleLine = true)
            .Configure<SimpleConsoleFormatterOptions>(Timed).Configure<JsonConsoleFormatterOptions>(Timed)
            .AddSingleton<ILoggerProvider, BriefConsole>()
            .AddMistakes([Mistake(builder.Configuration[FormatterName]), .. Levels(builder.Configuration)]);
    }

    // A format in the settings counts, with its own choice of the zone.
    private static void Timed(ConsoleFormatterOptions options)
    {
        if (options.TimestampFormat is not null)
            return;
        (options.TimestampFormat, options.UseUtcTimestamp) = ($"{WireTime.Form} ", true);
    }

    // The framework would throw when the first logger is made. So a wrong level is taken away, and is refused with all
    // other mistakes.
    private static string[] Levels(ConfigurationManager settings)
    {
        (string Key, string? Value)[] wrong =
        [
            .. from setting in settings.GetSection("Logging").AsEnumerable()
               where setting.Key.Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase)
                   && setting.Value is { Length: > 0 } value && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _)
               select (setting.Key, setting.Value),
        ];
        settings.AddInMemoryCollection(wrong.ToDictionary(setting => setting.Key, string? (_) => ""));
        return
        [
            .. wrong.Select(setting =>
                $"{setting.Key} takes {string.Join(", ", Enum.GetNames<LogLevel>())}; it was {StartError.Quoted(setting.Value)}."),
        ];
    }

    // The console takes any other name for simple, without a word.
    private static string? Mistake(string? formatter) =>
        formatter is null || s_formatters.Contains(formatter, StringComparer.OrdinalIgnoreCase)
            ? null
            : $"{FormatterName} takes {string.Join(", ", s_formatters)}; it was {StartError.Quoted(formatter)}.";
}
