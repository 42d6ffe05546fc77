using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RedPacket.Peers;

/// <summary>
/// The request publishes one confirmed message per grab after the script, and a consumer adds a row per message. A
/// failed publish is logged and forgotten, as in well-known demos. A 500 would tell a winner that the grab failed, and
/// a returned share is granted twice when the message did arrive. Without an outbox between two stores, each choice
/// loses something.
/// </summary>
internal sealed partial class MessagePerGrab(NaiveStore store, IBus bus, ILogger<MessagePerGrab> logger) : RedisPeer(store)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);
    private readonly ILogger _logger = logger;

    public static void Add(WebApplicationBuilder builder, PeerSettings settings)
    {
        builder.Services.AddSingleton(new SqliteTable(settings.Ledger)).AddSingleton<Peer, MessagePerGrab>();
        builder.Services.AddRabbit<WriteGrab>(settings);
    }

    protected override async Task<bool> Record(GrabAccepted grab)
    {
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await bus.Publish(grab, limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception exception)
        {
            PublishFailed(grab.PacketId, grab.Ordinal, exception.Message);
        }
        return true;
    }

    [LoggerMessage(9102, LogLevel.Error, "Publishing share {Ordinal} of packet {PacketId} failed: {Reason}")]
    private partial void PublishFailed(string packetId, int ordinal, string reason);
}

/// <summary>Adds a row per message.</summary>
internal sealed class WriteGrab(SqliteTable table) : IConsumer<GrabAccepted>
{
    public Task Consume(ConsumeContext<GrabAccepted> context) => table.Add(context.Message);
}
