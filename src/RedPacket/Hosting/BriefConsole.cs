using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace RedPacket.Hosting;

/// <summary>
/// The console without two kinds of stack traces: MassTransit's warning at each attempt to reach a broker that is away,
/// and the host's error about a failed start, which <see cref="StartError"/> says in words.
/// </summary>
[ProviderAlias("Console")]
internal sealed class BriefConsole(IOptionsMonitor<ConsoleLoggerOptions> options, IEnumerable<ConsoleFormatter> formatters)
    : ConsoleLoggerProvider(options, formatters), ILoggerProvider
{
    private const string FailedStart = "HostedServiceStartupFaulted";
    private static readonly string[] s_verbose = ["MassTransit", "Microsoft.Extensions.Hosting"];

    ILogger ILoggerProvider.CreateLogger(string categoryName) =>
        s_verbose.Any(verbose => categoryName.StartsWith(verbose, StringComparison.Ordinal))
        ? new Brief(CreateLogger(categoryName))
        : CreateLogger(categoryName);

    /// <summary>
    /// A warning has the innermost message of its exception in place of the stack trace. An error keeps it.
    /// </summary>
    internal sealed class Brief(ILogger console) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => console.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => console.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name == FailedStart)
                return;
            if (exception is null || logLevel >= LogLevel.Error)
                console.Log(logLevel, eventId, state, exception, formatter);
            else
                console.Log(logLevel, eventId, state, null, (said, _) =>
                    $"{formatter(said, exception)}: {exception.GetBaseException().Message}");
        }
    }
}
