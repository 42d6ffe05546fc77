using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace RedPacket.Hosting;

/// <summary>
/// The console without two kinds of stack traces: those of warnings of libraries, such as MassTransit's at each attempt
/// to reach a broker that is away, and the host's of a failed start, which <see cref="StartError"/> says in words.
/// </summary>
[ProviderAlias("Console")]
internal sealed class BriefConsole(IOptionsMonitor<ConsoleLoggerOptions> options, IEnumerable<ConsoleFormatter> formatters)
    : ConsoleLoggerProvider(options, formatters), ILoggerProvider
{
    private const string FailedStart = "HostedServiceStartupFaulted";

    ILogger ILoggerProvider.CreateLogger(string categoryName) => categoryName.StartsWith("RedPacket.", StringComparison.Ordinal)
        ? CreateLogger(categoryName)
        : new Brief(CreateLogger(categoryName));

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
