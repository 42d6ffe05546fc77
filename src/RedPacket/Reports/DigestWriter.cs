using RedPacket.Comparison;
using RedPacket.Ledger;

namespace RedPacket.Reports;

/// <summary>Keeps the sums of a report that passed, so that the next one need not begin at the first row.</summary>
internal sealed class DigestWriter(Journal journal, TimeProvider clock, ILogger<DigestWriter> logger)
{
    /// <summary>Writes a digest. A ledger that cannot take it now only makes the next report longer.</summary>
    public async Task Write(LedgerSums sums, CancellationToken cancellation)
    {
        try
        {
            await journal.WriteDigest(sums.Through, sums.Transfers, sums.RowsFen, clock.GetUtcNow().ToUnixTimeMilliseconds(), cancellation);
            logger.DigestWritten(sums.Through, sums.Transfers);
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            logger.DigestPostponed(exception.Message);
        }
    }
}
