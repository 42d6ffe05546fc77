using RedPacket.Hosting;

namespace RedPacket.Outbox;

/// <summary>
/// Whether the broker accepts messages, for all shards of the relay. While it is away, the relay asks it after growing
/// pauses over a connection that fails immediately, instead of by sends that hang. Once it answers, one send at a time
/// goes out until one is confirmed.
/// </summary>
internal sealed class BrokerAvailability(RelaySender sender, TimeProvider clock, ILogger<BrokerAvailability> logger)
{
    private const int Pipelined = 8;
    private readonly Lock _lock = new();
    private readonly Backoff _pauses = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5), clock, jitter: true);
    private DateTimeOffset _downSince;
    private bool _reachable;
    private bool _lost;
    private int _asking;

    /// <summary>
    /// False from the first failure until a send is confirmed. Without anything to send: until the broker answers.
    /// </summary>
    public bool IsUp => _reachable && !_lost;

    /// <summary>How many sends of a shard may be under way.</summary>
    public int SendsImmediately => !_reachable ? 0 : _lost ? 1 : Pipelined;

    /// <summary>True when the broker accepts messages. Asks it if it was away and the pause is over.</summary>
    public async Task<bool> Open(CancellationToken cancellation) =>
        _reachable || (_pauses.IsOver && await Depth(cancellation) is not null);

    /// <summary>
    /// How many messages wait in both queues; null while the broker is away, or while another shard asks it.
    /// </summary>
    public async Task<long?> Depth(CancellationToken cancellation)
    {
        if ((!_reachable && !_pauses.IsOver) || Interlocked.Exchange(ref _asking, 1) == 1)
            return null;
        try
        {
            var depth = await sender.Prepare(cancellation);
            lock (_lock)
                _reachable = true;
            return depth;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            Fault(exception.Message);
            return null;
        }
        finally
        {
            Volatile.Write(ref _asking, 0);
        }
    }

    /// <summary>A send was confirmed, or the broker answers and nothing is left to send.</summary>
    public void Confirm()
    {
        lock (_lock)
        {
            if (!_reachable || !_lost)
                return;
            _lost = false;
            _pauses.Reset();
            logger.BrokerBack((clock.GetUtcNow() - _downSince).TotalSeconds);
        }
    }

    /// <summary>A send failed or was not confirmed in time.</summary>
    public void Fault(string reason)
    {
        lock (_lock)
        {
            if (!_lost)
            {
                _downSince = clock.GetUtcNow();
                logger.BrokerLost(reason);
            }
            else if (!_reachable && !_pauses.IsOver)
            {
                return;
            }
            _lost = true;
            _reachable = false;
            _pauses.Failed();
        }
    }
}
