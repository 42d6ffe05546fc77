using System.Diagnostics;
using MassTransit;
using RedPacket.Hosting;
using RedPacket.Messages;

namespace RedPacket.Outbox;

/// <summary>
/// The relay's bus, with its own connection. Public because MassTransit implements it in another assembly.
/// </summary>
public interface IRelayBus : IBus;

/// <summary>How a send ended.</summary>
internal enum SendOutcome
{
    /// <summary>The broker has the message.</summary>
    Confirmed,

    /// <summary>No answer in time: the broker may have the message or not.</summary>
    Unknown,

    /// <summary>The broker certainly does not have it.</summary>
    Failed,
}

/// <summary>
/// Sends chunks to the queues, and declares the queues. Not sealed, because the simulated world and the demo replace
/// it.
/// </summary>
/// <param name="bus">Only sends. In memory it is the bus of settlement, because two buses in memory do not see each
/// other.</param>
internal class RelaySender(IBus bus, BrokerSettings broker, OutboxOptions options, TimeProvider clock)
{
    private static readonly Uri s_live = new($"queue:{Lanes.Live}");
    private static readonly Uri s_slow = new($"queue:{Lanes.Slow}");
    private readonly ChunkSigner _signer = new(options.Keys);

    /// <summary>
    /// Waits until the queues exist, and returns how many messages wait in them. Throws when the broker is away.
    /// Declares a missing queue as a send would declare it: the relay may be the first program, or the queue may have
    /// been deleted.
    /// </summary>
    /// <remarks>
    /// The queues are durable and have no arguments. A send to a <c>queue:</c> address declares its queue without
    /// arguments, and a queue that has some refuses that. Quorum queues would add nothing that the outbox does not
    /// give: a broker that loses everything only costs time. To replicate the queues, set the default queue type of the
    /// virtual host. A message that a delivery limit drops is resent from the outbox.
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
        {
            var queue = await channel.QueueDeclareAsync(
                lane, durable: true, exclusive: false, autoDelete: false, cancellationToken: cancellation);
            waiting += queue.MessageCount;
        }
        return waiting;
    }

    /// <summary>Sends one chunk. Throws only when cancelled.</summary>
    /// <param name="run">The run that the entries belong to.</param>
    public virtual async Task<(SendOutcome Outcome, string Reason)> Send(
        int shard, string run, IReadOnlyList<OutboxEntry> entries, bool slow, CancellationToken cancellation)
    {
        using var activity = OutboxTelemetry.StartChunk(shard, entries, slow);
        using var limit = new CancellationTokenSource(options.SendTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            var endpoint = await bus.GetSendEndpoint(slow ? s_slow : s_live).WaitAsync(either.Token);
            CrashPoint.Pass(CrashPoint.Publishing);
            var sent = endpoint.Send(Message(shard, run, entries, activity), BeMandatory<TransfersAccepted>, either.Token);
            CrashPoint.Pass(CrashPoint.Unconfirmed);
            // Even if the library ignores the token: a chunk whose send never ends would never be resent.
            await sent.WaitAsync(either.Token);
            CrashPoint.Pass(CrashPoint.Confirmed);
            OutboxTelemetry.CountChunk(slow);
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

    internal TransfersAccepted Message(int shard, string run, IReadOnlyList<OutboxEntry> entries, Activity? activity) =>
        _signer.Sign(new TransfersAccepted
        {
            Shard = shard,
            Run = run,
            Seqs = [.. entries.Select(entry => entry.Seq)],
            Entries = [.. entries.Select(entry => entry.Line)],
            PublishedAt = clock.GetUtcNow(),
            Traceparent = activity?.Id,
            Followed = FollowedIn(entries),
        });

    private static FollowedEntry[]? FollowedIn(IReadOnlyList<OutboxEntry> entries)
    {
        FollowedEntry[] followed =
        [
            .. from entry in entries.Index()
               where entry.Item.Traceparent is not null
               select new FollowedEntry(entry.Index, entry.Item.Traceparent!),
        ];
        return followed.Length == 0 ? null : followed;
    }

    /// <summary>
    /// RabbitMQ returns the message then if no queue takes it. Otherwise it would confirm the message and drop it. The bus in
    /// memory returns nothing.
    /// </summary>
    internal static void BeMandatory<T>(SendContext<T> context)
        where T : class
    {
        if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
            rabbit.Mandatory = true;
    }
}
