using System.Text.Encodings.Web;
using System.Text.Json;
using MassTransit;
using RabbitMQ.Client;
using RedPacket.Hosting;
using RedPacket.Messages;
using RedPacket.Outbox;

namespace RedPacket.Settlement;

/// <summary>
/// Keeps messages that no relay of this service has signed in a queue apart (PROTOCOL 5.3). One of them may hold the
/// only memory of an entry, when a key was taken out of the settings too early. With other keys it can go back into the
/// slow lane as it is.
/// </summary>
internal sealed class UnverifiedMessages(BrokerSettings broker, TimeProvider clock, ILogger<UnverifiedMessages> logger) : IAsyncDisposable
{
    private const int Most = 10_000;
    private const long MostBytes = 256 << 20;

    // A greeting takes no more bytes than it came with.
    private static readonly JsonSerializerOptions s_json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] s_type = [MessageUrn.ForTypeString<TransfersAccepted>()];
    private readonly SemaphoreSlim _turn = new(1);

    // A connection beside settlement's: a broker in alarm stops reading from one that publishes, and settlement must go
    // on then.
    private IConnection? _connection;
    private IChannel? _channel;

    /// <summary>
    /// Returns when the queue has it. Waits while the broker is away. In memory nobody else can have sent it, so it is
    /// only counted.
    /// </summary>
    public async Task Keep(TransfersAccepted message, CancellationToken cancellation)
    {
        SettlementTelemetry.Unverified.Add(1);
        logger.MessageNotVerified(message.Shard, message.Entries.Length);
        var pauses = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), clock);
        while (!broker.IsInMemory)
        {
            try
            {
                await Send(message, cancellation);
                return;
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                logger.UnverifiedNotKept(exception.Message);
                await pauses.Wait(cancellation);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Close();
        _turn.Dispose();
    }

    private async Task Send(TransfersAccepted message, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_channel is not { IsOpen: true })
                await Open(cancellation);
            // As MassTransit wraps a message, so that it can be moved into a lane by hand.
            var body = JsonSerializer.SerializeToUtf8Bytes(new { messageType = s_type, message }, s_json);
            var properties = new BasicProperties { Persistent = true, ContentType = "application/vnd.masstransit+json" };
            await _channel!.BasicPublishAsync("", Lanes.Unverified, mandatory: true, properties, body, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    // The oldest leave a full queue.
    private async Task Open(CancellationToken cancellation)
    {
        await Close();
        _connection = await broker.Factory().CreateConnectionAsync("redpacket settlement, unverified", cancellation);
        _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancellation);
        await _channel.QueueDeclareAsync(
            Lanes.Unverified, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-max-length"] = Most, ["x-max-length-bytes"] = MostBytes },
            cancellationToken: cancellation);
    }

    private async Task Close()
    {
        if (_connection is { } connection)
            await connection.DisposeAsync();
        (_connection, _channel) = (null, null);
    }
}
