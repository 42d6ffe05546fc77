using MassTransit;
using Microsoft.Extensions.Options;
using RedPacket.Messages;

namespace RedPacket.Settlement;

/// <summary>The live lane: entries that Redis has just accepted. The ledger takes these chunks first.</summary>
internal sealed class SettleTransfers(Settler settler) : IConsumer<TransfersAccepted>
{
    public Task Consume(ConsumeContext<TransfersAccepted> context) =>
        settler.Settle(context.Message, slow: false, context.CancellationToken);
}

/// <summary>The slow lane: entries that are sent again, repaired or replayed.</summary>
internal sealed class SettleResentTransfers(Settler settler) : IConsumer<TransfersAccepted>
{
    public Task Consume(ConsumeContext<TransfersAccepted> context) =>
        settler.Settle(context.Message, slow: true, context.CancellationToken);
}

internal sealed class SettleTransfersDefinition(IOptions<SettlementOptions> options)
    : LaneDefinition<SettleTransfers>(Lanes.Live, options.Value.LiveChunks);

internal sealed class SettleResentTransfersDefinition(IOptions<SettlementOptions> options)
    : LaneDefinition<SettleResentTransfers>(Lanes.Slow, options.Value.SlowChunks);

/// <summary>How a lane is consumed.</summary>
internal abstract class LaneDefinition<TConsumer> : ConsumerDefinition<TConsumer>
    where TConsumer : class, IConsumer
{
    private readonly int _chunks;

    protected LaneDefinition(string queue, int chunks)
    {
        _chunks = chunks;
        Endpoint(endpoint =>
        {
            endpoint.Name = queue;
            endpoint.ConfigureConsumeTopology = false;
        });
    }

    /// <summary>
    /// Publishes nothing: no faults, no <c>_error</c> and no <c>_skipped</c> queue. A broker in alarm stops reading
    /// from a connection that publishes, and settlement must go on then. The outbox still holds the entries of a
    /// discarded message.
    /// </summary>
    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<TConsumer> consumerConfigurator,
        IRegistrationContext context)
    {
        endpointConfigurator.PrefetchCount = _chunks;
        endpointConfigurator.ConcurrentMessageLimit = _chunks;
        endpointConfigurator.ConfigureConsumeTopology = false;
        endpointConfigurator.PublishFaults = false;
        endpointConfigurator.DiscardSkippedMessages();
        endpointConfigurator.ConfigureError(error => error.UseFilter(new DiscardUnlessStopped()));
    }

    /// <summary>Discards a message that failed. One that was interrupted by a stop goes back to its queue.</summary>
    private sealed class DiscardUnlessStopped : IFilter<ExceptionReceiveContext>
    {
        public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) =>
            context.Exception is OperationCanceledException or ConsumerCanceledException
                ? Task.FromException(context.Exception)
                : next.Send(context);

        public void Probe(ProbeContext context) => context.CreateFilterScope("discardUnlessStopped");
    }
}
