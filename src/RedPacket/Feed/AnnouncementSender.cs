using MassTransit;
using Microsoft.Extensions.Options;
using RedPacket.Messages;
using RedPacket.Outbox;

namespace RedPacket.Feed;

/// <summary>
/// The announcer's bus, with its own connection. Public because MassTransit implements it in another assembly.
/// </summary>
public interface IAnnounceBus : IBus;

/// <summary>What became of an announcement.</summary>
internal enum AnnouncementOutcome
{
    /// <summary>The broker has it, for each queue that is bound.</summary>
    Confirmed,

    /// <summary>No queue is bound, and the broker has returned it. A subscriber that is not there yet reads the feed.</summary>
    Unroutable,

    /// <summary>The broker may not have it.</summary>
    Lost,
}

/// <summary>
/// Publishes what the announcer read, to a durable fan-out exchange. Not sealed, because tests replace it.
/// </summary>
internal class AnnouncementSender(
    IBus bus, IOptions<OutboxOptions> options, TimeProvider clock, ILogger<AnnouncementSender> logger)
{
    /// <summary>Sends one message, and says why when it is lost. Throws only when cancelled.</summary>
    public virtual async Task<(AnnouncementOutcome Outcome, string Reason)> Send(TransfersSettled message, CancellationToken cancellation)
    {
        LogContext.ConfigureCurrentLogContext(new WithoutReturned(logger));
        var time = options.Value.SendTimeout;
        using var limit = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            // Even if the library ignores the token: a publish that hangs would stop the announcer for ever.
            await bus.Publish(message, RelaySender.BeMandatory<TransfersSettled>, either.Token).WaitAsync(either.Token);
            return (AnnouncementOutcome.Confirmed, "");
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OperationCanceledException)
        {
            return (AnnouncementOutcome.Lost, $"a message was not confirmed within {time.TotalSeconds} s");
        }
        catch (MessageReturnedException)
        {
            return (AnnouncementOutcome.Unroutable, "");
        }
        catch (Exception exception)
        {
            return (AnnouncementOutcome.Lost, exception.Message);
        }
    }

    // MassTransit logs a message that is returned as an error, with its stack. The announcer says so once.
    private sealed class WithoutReturned(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not MessageReturnedException)
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
