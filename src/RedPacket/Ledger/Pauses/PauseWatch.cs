using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger.Pauses;

/// <summary>
/// Whether settlement is paused, as the writer knows it. It asks its ledger once a second, and before its first use after
/// a failure. So nothing that waited out an outage passes unseen. Only the writer's thread asks.
/// </summary>
internal sealed class PauseWatch(LedgerWriter ledger, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1);
    private volatile Pause? _pause;
    private long? _askedAt;

    /// <summary>Null while settlement is not paused.</summary>
    public Pause? Current => _pause;

    /// <summary>Asks, unless it has asked within a second.</summary>
    public void Look()
    {
        if (_askedAt is { } at && clock.GetElapsedTime(at) < s_fresh)
            return;
        var pause = ledger.ReadPause();
        if (pause is not null && _pause is null)
            logger.SettlementPaused(pause.By, pause.Reason);
        else if (pause is null && _pause is not null)
            logger.SettlementResumed();
        (_pause, _askedAt) = (pause, clock.GetTimestamp());
    }

    /// <summary>The ledger failed: what was read before it may be old.</summary>
    public void Forget() => _askedAt = null;
}
