using MassTransit;
using Microsoft.Extensions.Options;
using RedPacket.Messages;
using RedPacket.Outbox;

namespace RedPacket.Feed;

/// <summary>
/// The announcer's bus, with its own connection. Public because MassTransit implements it in another assembly.
/// </summary>
public interface IAnnounceBus : IBus;

/// <summary>
/// Publishes what the announcer read. The exchange is a durable fan-out. What no queue takes the broker confirms and
/// drops: a subscriber that is not there yet reads the feed. Not sealed, because tests replace it.
/// </summary>
internal class AnnouncementSender(IBus bus, IOptions<OutboxOptions> options, TimeProvider clock)
{
    /// <summary>
    /// Null when the broker has confirmed the message. Otherwise why it may not have it. Throws only when cancelled.
    /// </summary>
    public virtual async Task<string?> Send(TransfersSettled message, CancellationToken cancellation)
    {
        var time = options.Value.SendTimeout;
        using var limit = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            // Even if the library ignores the token: a publish that hangs would stop the announcer for ever.
            await bus.Publish(message, either.Token).WaitAsync(either.Token);
            return null;
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OperationCanceledException)
        {
            return $"a message was not confirmed within {time.TotalSeconds} s";
        }
        catch (Exception exception)
        {
            return exception.Message;
        }
    }
}
