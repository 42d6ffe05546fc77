namespace RedPacket.Outbox;

/// <summary>
/// Whether the broker can be sent to, for all shards of the relay. Away: asked again with growing pauses by a connection that is refused at
/// once, instead of sends that hang. Back: one send at a time until one was confirmed.
/// </summary>
internal sealed class BrokerAvailability(RelaySender sender, TimeProvider clock, ILogger<BrokerAvailability> logger)
{
    private const int Pipelined = 8;
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private TimeSpan _pause = s_firstPause;
    private DateTimeOffset _askAt;
    private DateTimeOffset _downSince;
    private bool _reachable;
    private bool _lost;
    private int _asking;

    /// <summary>False from the first failure until a send is confirmed, or until it answers if nothing was being sent.</summary>
    public bool IsUp => _reachable && !_lost;

    /// <summary>How many sends of a shard may be under way.</summary>
    public int SendsAtOnce => !_reachable ? 0 : _lost ? 1 : Pipelined;

    /// <summary>Sees that the broker can be sent to; asks it if it was away and the pause is over.</summary>
    public async Task<bool> Open(CancellationToken cancellation) =>
        _reachable || (clock.GetUtcNow() >= _askAt && await Depth(cancellation) is not null);

    /// <summary>How many messages wait in both queues; null while the broker is away, or while another shard is asking it.</summary>
    public async Task<long?> Depth(CancellationToken cancellation)
    {
        if ((!_reachable && clock.GetUtcNow() < _askAt) || Interlocked.Exchange(ref _asking, 1) == 1)
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

    /// <summary>A send was confirmed, or there is nothing (left) to send on a broker that answers.</summary>
    public void Confirm()
    {
        lock (_lock)
        {
            if (!_reachable || !_lost)
                return;
            _lost = false;
            _pause = s_firstPause;
            logger.BrokerBack((clock.GetUtcNow() - _downSince).TotalSeconds);
        }
    }

    /// <summary>A send failed or was not confirmed in time.</summary>
    public void Fault(string reason)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (!_lost)
            {
                _downSince = now;
                logger.BrokerLost(reason);
            }
            else if (!_reachable && now < _askAt)
            {
                return;
            }
            _lost = true;
            _reachable = false;
            _askAt = now + _pause * (0.75 + (Random.Shared.NextDouble() / 2));
            _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, s_longestPause.Ticks));
        }
    }
}
