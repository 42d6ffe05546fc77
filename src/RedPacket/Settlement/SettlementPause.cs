using Microsoft.EntityFrameworkCore;
using RedPacket.Ledger;
using RedPacket.Ledger.Pauses;

namespace RedPacket.Settlement;

/// <summary>
/// Makes chunks wait while an operator has paused settlement. It asks the ledger when there is a chunk, at most once a
/// second. So a pause holds a second after it was ordered, and costs nothing while nothing is settled.
/// </summary>
internal sealed class SettlementPause(
    IDbContextFactory<LedgerDbContext> contexts, TimeProvider clock, ILogger<SettlementPause> logger) : IDisposable
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _turn = new(1);
    private volatile Look? _look;

    /// <summary>True while chunks wait, as this process saw it last.</summary>
    public bool IsPaused => _look is { Pause: not null };

    /// <summary>Returns when settlement is not paused.</summary>
    public async ValueTask Wait(CancellationToken cancellation)
    {
        while (await Read(cancellation) is not null)
            await Task.Delay(s_fresh, clock, cancellation);
    }

    public void Dispose() => _turn.Dispose();

    private async ValueTask<Pause?> Read(CancellationToken cancellation)
    {
        if (Fresh is { } seen)
            return seen.Pause;
        await _turn.WaitAsync(cancellation);
        try
        {
            return (Fresh ?? Take(await Ask(cancellation))).Pause;
        }
        finally
        {
            _turn.Release();
        }
    }

    private Look? Fresh => _look is { } look && clock.GetElapsedTime(look.At) < s_fresh ? look : null;

    // While the ledger cannot be read, the last answer holds. It cannot be written then either, so nothing passes.
    private async Task<Pause?> Ask(CancellationToken cancellation)
    {
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            return await db.ReadPause(cancellation);
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            return _look?.Pause;
        }
    }

    private Look Take(Pause? pause)
    {
        var before = _look?.Pause;
        if (pause is not null && before is null)
            logger.SettlementPaused(pause.By, pause.Reason);
        else if (pause is null && before is not null)
            logger.SettlementResumed();
        return _look = new Look(pause, clock.GetTimestamp());
    }

    private sealed record Look(Pause? Pause, long At);
}
