namespace RedPacket.Outbox;

/// <summary>Whether Redis answers the relay. Logs once when it stops answering, and once when it is back.</summary>
internal sealed class RedisAvailability(TimeProvider clock, ILogger<RedisAvailability> logger)
{
    private readonly Lock _lock = new();
    private DateTimeOffset? _downSince;

    public bool IsUp => _downSince is null;

    /// <summary>Redis did not answer.</summary>
    public void Fault(string reason)
    {
        lock (_lock)
        {
            if (_downSince is not null)
                return;
            _downSince = clock.GetUtcNow();
            logger.RedisLost(reason);
        }
    }

    /// <summary>Redis answered a question of that time. An answer to a question from before the outage says nothing.</summary>
    public void Answered(DateTimeOffset askedAt)
    {
        if (_downSince is null)
            return;
        lock (_lock)
        {
            if (_downSince is not { } since || askedAt <= since)
                return;
            _downSince = null;
            logger.RedisBack((clock.GetUtcNow() - since).TotalSeconds);
        }
    }
}
