using RedPacket.Hosting;
using System.Diagnostics;
using MassTransit;
using RedPacket.Messages;

namespace RedPacket.Outbox;

/// <summary>The relay's bus, with a connection of its own. Public because MassTransit makes the class behind it in an assembly of its own.</summary>
public interface IRelayBus : IBus;

/// <summary>What became of a send.</summary>
internal enum SendOutcome
{
    /// <summary>The broker has the message.</summary>
    Confirmed,

    /// <summary>No answer in time: it may arrive, or not.</summary>
    Unknown,

    /// <summary>The broker certainly does not have it.</summary>
    Failed,
}

/// <summary>Puts chunks into the queues, and sees that the queues are there. Not sealed: the simulated world's bus takes its place.</summary>
/// <param name="bus">Only ever sends. In memory it is settlement's own bus: two buses in memory do not see each other.</param>
internal class RelaySender(IBus bus, BrokerSettings broker, OutboxOptions options, TimeProvider clock)
{
    private static readonly Uri s_live = new($"queue:{Lanes.Live}");
    private static readonly Uri s_slow = new($"queue:{Lanes.Slow}");

    /// <summary>
    /// Waits until messages have somewhere to go, and says how many wait there. Throws when the broker is away. A queue that is not there is
    /// declared as every send declares it, so that it can be asked: the relay may be first, or come back after a queue was deleted.
    /// </summary>
    /// <remarks>
    /// Durable queues without arguments, because a send to a <c>queue:</c> address declares its queue without any, and a queue that has some would
    /// refuse that. What quorum queues would add, the outbox has already: a broker that loses everything only costs time. Who wants them
    /// replicated sets the virtual host's default queue type; a delivery limit then drops what comes again from the outbox.
    /// </remarks>
    public virtual async Task<long> Prepare(CancellationToken cancellation)
    {
        if (broker.IsInMemory)
        {
            await ((IBusControl)bus).WaitForHealthStatus(BusHealthStatus.Healthy, cancellation);
            return 0;
        }
        await using var connection = await broker.Factory().CreateConnectionAsync("redpacket relay, set-up", cancellation);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
        var waiting = 0L;
        foreach (var lane in (string[])[Lanes.Live, Lanes.Slow])
            waiting += (await channel.QueueDeclareAsync(lane, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellation)).MessageCount;
        return waiting;
    }

    /// <summary>Sends one chunk. Throws only when cancelled.</summary>
    /// <param name="run">The run of the gate from which the entries were read.</param>
    public virtual async Task<(SendOutcome Outcome, string Reason)> Send(int shard, string run, IReadOnlyList<OutboxEntry> entries, bool slow, CancellationToken cancellation)
    {
        using var activity = OutboxTelemetry.StartChunk(shard, entries.Count, slow);
        using var limit = new CancellationTokenSource(options.SendTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            var endpoint = await bus.GetSendEndpoint(slow ? s_slow : s_live).WaitAsync(either.Token);
            CrashPoint.Pass(CrashPoint.Publishing);
            var sent = endpoint.Send(Message(shard, run, entries, activity), BeMandatory, either.Token);
            CrashPoint.Pass(CrashPoint.Unconfirmed);
            // Whether or not the library heeds the token: a chunk that is being sent for ever is never sent again.
            await sent.WaitAsync(either.Token);
            CrashPoint.Pass(CrashPoint.Confirmed);
            OutboxTelemetry.Chunks.Add(1, new KeyValuePair<string, object?>("lane", slow ? "slow" : "live"));
            return (SendOutcome.Confirmed, "");
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OperationCanceledException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, "not confirmed in time");
            return (SendOutcome.Unknown, $"a message was not confirmed within {options.SendTimeout.TotalSeconds} s");
        }
        catch (Exception exception)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            return (SendOutcome.Failed, exception.Message);
        }
    }

    internal TransfersAccepted Message(int shard, string run, IReadOnlyList<OutboxEntry> entries, Activity? activity) => new()
    {
        Shard = shard,
        Run = run,
        Seqs = [.. entries.Select(entry => entry.Seq)],
        Entries = [.. entries.Select(entry => entry.Line)],
        PublishedAt = clock.GetUtcNow(),
        Traceparent = activity?.Id,
    };

    // Without it the broker confirms, and drops, what no queue is bound for.
    private static void BeMandatory(SendContext<TransfersAccepted> context)
    {
        if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
            rabbit.Mandatory = true;
    }
}
