using RedPacket.Hosting;

namespace RedPacket.Ledger.Writing;

/// <summary>
/// Whether the ledger is there, since when not, and how long to pause before the next try. Only the writer's thread
/// changes it.
/// </summary>
internal sealed class LedgerWatch(LedgerOptions options, TimeProvider clock, ILogger logger)
{
    private volatile Status _status = new(false, null, "The ledger is being opened.");
    private readonly Backoff _pauses = new(options.FirstPause, options.LongestPause, clock, jitter: true);

    private bool _wasUp;

    /// <param name="DownSince">Null until the first failure.</param>
    public sealed record Status(bool Up, DateTimeOffset? DownSince, string? Reason);

    public Status Current => _status;

    /// <summary>Something was committed: the outage, if there was one, is over.</summary>
    public void WentWell(int waitingChunks)
    {
        if (_status.Up)
            return;
        if (_status.DownSince is { } since)
        {
            if (_wasUp)
                logger.OutageEnded((clock.GetUtcNow() - since).TotalSeconds, waitingChunks);
            LedgerMetrics.Outage.Add(-1);
        }
        _wasUp = true;
        _pauses.Reset();
        _status = new Status(true, null, null);
    }

    /// <summary>The ledger is away. Logs it once per outage, and returns how long to wait.</summary>
    public TimeSpan Failed(Exception exception)
    {
        var reason = LedgerOutage.ReasonIn(exception);
        if (_status.DownSince is null)
        {
            // A ledger that was never open was not lost.
            if (_wasUp)
                logger.OutageBegan(reason);
            else
                logger.LedgerNotOpenYet(reason);
            LedgerMetrics.Outage.Add(1);
        }
        _status = new Status(false, _status.DownSince ?? clock.GetUtcNow(), reason);
        return _pauses.Failed();
    }
}
