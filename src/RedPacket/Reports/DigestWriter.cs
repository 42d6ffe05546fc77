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
            await journal.Run((connection, transaction) => Sql.Execute(connection, transaction,
                "INSERT INTO digests (at, through_transfer, transfers, amount_fen) VALUES (@at, @through, @transfers, @fen)",
                ("at", clock.GetUtcNow().ToUnixTimeMilliseconds()), ("through", sums.Through), ("transfers", sums.Transfers), ("fen", sums.RowsFen)), cancellation);
            logger.DigestWritten(sums.Through, sums.Transfers);
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            logger.DigestPutOff(exception.Message);
        }
    }
}
