using RedPacket.Http;

namespace RedPacket.Wallets;

/// <summary>A wallet's statement as CSV: the names and values of the JSON, and the amount in yuan.</summary>
internal static class StatementCsv
{
    private const string Columns = "id,kind,packetId,ordinal,amountFen,grantedAt,settledAt,amountYuan";
    private const int PerPage = 1000;

    /// <param name="isWhole">False for the page that the question asks for.</param>
    public static IResult File(WalletReader wallets, StatementRequest asked, bool isWhole, DateTimeOffset now) =>
        new CsvFile("statement", Columns, now, async (csv, cancellation) =>
        {
            var rest = isWhole ? asked with { Limit = PerPage } : asked;
            for (long? after = asked.After; after is not null;)
            {
                var page = await wallets.Statement(rest with { After = after.Value }, cancellation);
                foreach (var line in page.Transfers)
                    csv.Add(line.Id, line.Kind, line.PacketId, line.Ordinal, line.AmountFen, line.GrantedAt, line.SettledAt,
                        line.AmountFen / 100m + 0.00m);
                await csv.Send(cancellation);
                after = isWhole ? page.Next : null;
            }
        });
}
