using MassTransit;
using Microsoft.Extensions.Options;
using RedPacket.Messages;

namespace RedPacket.Settlement;

/// <summary>The slow lane: what is sent again, repaired or replayed. The ledger takes live chunks first.</summary>
internal sealed class RecordResentTransfers(Settler settler) : IConsumer<TransfersAccepted>
{
    public Task Consume(ConsumeContext<TransfersAccepted> context) => settler.Settle(context.Message, slow: true, context.CancellationToken);
}

internal sealed class RecordResentTransfersDefinition : ConsumerDefinition<RecordResentTransfers>
{
    private readonly int _chunks;

    public RecordResentTransfersDefinition(IOptions<SettlementOptions> options)
    {
        _chunks = options.Value.SlowChunks;
        Endpoint(endpoint =>
        {
            endpoint.Name = Lanes.Slow;
            endpoint.ConfigureConsumeTopology = false;
        });
    }

    protected override void ConfigureConsumer(IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<RecordResentTransfers> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.SettleOnly(_chunks);
}
