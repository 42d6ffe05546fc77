namespace RedPacket.Outbox;

/// <summary>
/// Whether Redis answers the relay, for all shards. Logs once when the first shard gets no answer, and once when all
/// have one again: a shard that is well says nothing about another one.
/// </summary>
internal sealed class RedisAvailability(TimeProvider clock, ILogger<RedisAvailability> logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, DateTimeOffset> _downSince = [];
    private DateTimeOffset _firstDown;
    private volatile bool _isUp = true;

    public bool IsUp => _isUp;

    /// <summary>Redis did not answer for the shard.</summary>
    public void Fault(int shard, string reason)
    {
        lock (_lock)
        {
            if (!_downSince.TryAdd(shard, clock.GetUtcNow()) || !_isUp)
                return;
            _firstDown = clock.GetUtcNow();
            _isUp = false;
            logger.RedisLost(reason);
        }
    }

    /// <summary>
    /// Redis answered a question of that time. An answer to a question from before the outage says nothing.
    /// </summary>
    public void Answered(int shard, DateTimeOffset askedAt)
    {
        if (_isUp)
            return;
        lock (_lock)
        {
            if (!_downSince.TryGetValue(shard, out var since) || askedAt <= since)
                return;
            _downSince.Remove(shard);
            if (_downSince.Count > 0)
                return;
            _isUp = true;
            logger.RedisBack((clock.GetUtcNow() - _firstDown).TotalSeconds);
        }
    }
}
