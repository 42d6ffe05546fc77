using MassTransit;
using Microsoft.Extensions.Logging;

namespace RedPacket.LoadTest.Baselines;

/// <summary>
/// A share was granted. The type is public because MassTransit generates code for it in another assembly.
/// </summary>
public sealed record GrabAccepted(string PacketId, string UserId, int Ordinal, long AmountFen, long GrabbedAt);

/// <summary>
/// Baseline (b): the request publishes one confirmed message per grab after the script. A failed publish is logged and
/// forgotten, as in well-known demos. A 500 would tell a winner that the grab failed, and a returned share is granted
/// twice when the message did arrive. Without an outbox between two stores, each choice loses something.
/// </summary>
internal sealed partial class PublishGrab(NaiveStore store, IBus bus, ILogger<PublishGrab> logger) : BaselineGrab(store)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);
    private readonly ILogger _logger = logger;

    protected override async Task<bool> Record(string packetId, string userId, NaiveGrant share)
    {
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            var message = new GrabAccepted(packetId, userId, share.Ordinal, share.Fen, share.At);
            await bus.Publish(message, limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception exception)
        {
            PublishFailed(packetId, share.Ordinal, exception.Message);
        }
        return true;
    }

    [LoggerMessage(9102, LogLevel.Error, "Publishing share {Ordinal} of packet {PacketId} failed: {Reason}")]
    private partial void PublishFailed(string packetId, int ordinal, string reason);
}

/// <summary>The consumer of baseline (b) adds a row per message.</summary>
internal sealed class WriteGrab(BaselineLedger ledger) : IConsumer<GrabAccepted>
{
    public Task Consume(ConsumeContext<GrabAccepted> context)
    {
        var grab = context.Message;
        return ledger.Add(new BaselineTransfer
        {
            PacketId = grab.PacketId,
            UserId = grab.UserId,
            Ordinal = grab.Ordinal,
            AmountFen = grab.AmountFen,
            GrabbedAt = grab.GrabbedAt,
        });
    }
}
