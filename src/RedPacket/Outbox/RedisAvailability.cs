namespace RedPacket.Outbox;

/// <summary>Whether Redis answers the relay: one line in the log when it stops, one when it is back, and growing pauses in between.</summary>
internal sealed class RedisAvailability(TimeProvider clock, ILogger<RedisAvailability> logger)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private DateTimeOffset? _downSince;

    public bool IsUp => _downSince is null;

    /// <summary>Redis did not answer. Returns how long to wait after so many failures in a row.</summary>
    public TimeSpan Fault(string reason, int failures)
    {
        lock (_lock)
        {
            if (_downSince is null)
            {
                _downSince = clock.GetUtcNow();
                logger.StoreLost(reason);
            }
        }
        return TimeSpan.FromTicks(Math.Min(s_firstPause.Ticks << Math.Min(failures, 8), s_longestPause.Ticks));
    }

    /// <summary>Redis answered what was asked at that time. An answer to a question from before the outage says nothing.</summary>
    public void Answered(DateTimeOffset askedAt)
    {
        if (_downSince is null)
            return;
        lock (_lock)
        {
            if (_downSince is not { } since || askedAt <= since)
                return;
            _downSince = null;
            logger.StoreBack((clock.GetUtcNow() - since).TotalSeconds);
        }
    }
}
