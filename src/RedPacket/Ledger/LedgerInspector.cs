using Microsoft.Extensions.Options;

namespace RedPacket.Ledger;

/// <summary>
/// Says what the ledger is. Anybody may ask, so a server is asked at most every few seconds, by one caller at a time.
/// </summary>
internal sealed class LedgerInspector(IOptions<LedgerOptions> options, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _one = new(1);
    private LedgerDescription? _last;
    private long _lookedAt;

    public async Task<LedgerDescription> Look(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (_last is null || clock.GetElapsedTime(_lookedAt) > s_fresh)
            {
                _last = await LedgerProvider.Of(options.Value).Describe(options.Value.ConnectionString, cancellation);
                _lookedAt = clock.GetTimestamp();
            }
            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
