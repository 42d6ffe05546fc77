using MassTransit;
using Microsoft.Extensions.Logging;

namespace RedPacket.LoadTest.Baselines;

/// <summary>A share was dealt. Public because MassTransit makes code for it in an assembly of its own.</summary>
public sealed record GrabAccepted(string PacketId, string UserId, int Ordinal, long AmountFen, long GrabbedAt);

/// <summary>
/// (b) One message per grab, published in the request after the script, confirmed by the broker. When that fails it is logged and forgotten, as the
/// well-known demos do: the share is dealt and the user may see it, so a 500 would call a winner a loser, and a share that is given back is dealt twice
/// when the message did arrive. All three lose something: between two stores without an outbox there is no right answer.
/// </summary>
internal sealed partial class PublishGrab(NaiveStore store, IBus bus, ILogger<PublishGrab> logger) : BaselineGrab(store)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);
    private readonly ILogger _logger = logger;

    protected override async Task<bool> Book(string packetId, string userId, NaiveGrant share)
    {
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await bus.Publish(new GrabAccepted(packetId, userId, share.Ordinal, share.Fen, share.At), limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception exception)
        {
            NotPublished(packetId, share.Ordinal, exception.Message);
        }
        return true;
    }

    [LoggerMessage(9102, LogLevel.Error, "Share {Ordinal} of packet {PacketId} was not published: {Reason}")]
    private partial void NotPublished(string packetId, int ordinal, string reason);
}

/// <summary>The other half of (b): a row per message.</summary>
internal sealed class WriteGrab(BaselineLedger ledger) : IConsumer<GrabAccepted>
{
    public Task Consume(ConsumeContext<GrabAccepted> context)
    {
        var grab = context.Message;
        return ledger.Add(new BaselineTransfer { PacketId = grab.PacketId, UserId = grab.UserId, Ordinal = grab.Ordinal, AmountFen = grab.AmountFen, GrabbedAt = grab.GrabbedAt });
    }
}
