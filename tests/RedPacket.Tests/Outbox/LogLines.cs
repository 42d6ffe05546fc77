using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RedPacket.Tests.Outbox;

/// <summary>Keeps what a host logs, for tests that count lines.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<(int EventId, string Text)> _lines = new();

    /// <summary>All lines, oldest first.</summary>
    public string Text => string.Join('\n', _lines.Select(line => $"{line.EventId} {line.Text}"));

    /// <summary>How many lines of an event.</summary>
    public int Count(int eventId) => _lines.Count(line => line.EventId == eventId);

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose() => _lines.Clear();

    private sealed class Logger(LogLines lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines._lines.Enqueue((eventId.Id, $"{formatter(state, exception)} {exception}"));
    }
}
