using MassTransit;
using Microsoft.Extensions.Options;
using RedPacket.Messages;

namespace RedPacket.Settlement;

/// <summary>The live lane: what was just accepted.</summary>
internal sealed class RecordTransfers(Settler settler) : IConsumer<TransfersAccepted>
{
    public Task Consume(ConsumeContext<TransfersAccepted> context) => settler.Settle(context.Message, slow: false, context.CancellationToken);
}

internal sealed class RecordTransfersDefinition : ConsumerDefinition<RecordTransfers>
{
    private readonly int _chunks;

    public RecordTransfersDefinition(IOptions<SettlementOptions> options)
    {
        _chunks = options.Value.LiveChunks;
        Endpoint(endpoint =>
        {
            endpoint.Name = Lanes.Live;
            endpoint.ConfigureConsumeTopology = false;
        });
    }

    protected override void ConfigureConsumer(IReceiveEndpointConfigurator endpointConfigurator, IConsumerConfigurator<RecordTransfers> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.SettleOnly(_chunks);
}
