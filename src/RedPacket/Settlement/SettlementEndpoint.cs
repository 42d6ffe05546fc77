using MassTransit;

namespace RedPacket.Settlement;

/// <summary>How both lanes are consumed.</summary>
internal static class SettlementEndpoint
{
    /// <summary>
    /// Nothing is ever published: no faults, no <c>_error</c> and no <c>_skipped</c> queue. A broker in alarm stops reading from a connection
    /// that publishes, and settlement is what must go on then. What is discarded here is still in the outbox.
    /// </summary>
    public static void SettleOnly(this IReceiveEndpointConfigurator endpoint, int chunks)
    {
        endpoint.PrefetchCount = chunks;
        endpoint.ConcurrentMessageLimit = chunks;
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        endpoint.DiscardSkippedMessages();
        endpoint.ConfigureError(error => error.UseFilter(new DiscardUnlessStopped()));
    }

    /// <summary>Discards a message that failed; one that was interrupted by a stop goes back to its queue.</summary>
    private sealed class DiscardUnlessStopped : IFilter<ExceptionReceiveContext>
    {
        public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) =>
            context.Exception is OperationCanceledException ? Task.FromException(context.Exception) : next.Send(context);

        public void Probe(ProbeContext context) => context.CreateFilterScope("discardUnlessStopped");
    }
}
