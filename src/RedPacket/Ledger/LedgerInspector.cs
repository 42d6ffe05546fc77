using Microsoft.Extensions.Options;

namespace RedPacket.Ledger;

/// <summary>Says what the ledger is. A server is asked at most every few seconds, by one at a time: anybody may want to know.</summary>
internal sealed class LedgerInspector(IOptions<LedgerOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim one = new(1);
    private LedgerDescription? last;
    private long lookedAt;

    public async Task<LedgerDescription> Look(CancellationToken cancellation)
    {
        await one.WaitAsync(cancellation);
        try
        {
            if (last is null || time.GetElapsedTime(lookedAt) > Fresh)
            {
                last = await LedgerKind.Of(options.Value).Describe(options.Value.ConnectionString, cancellation);
                lookedAt = time.GetTimestamp();
            }
            return last;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();
}
