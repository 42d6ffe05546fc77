using RedPacket.Hosting;
using RedPacket.Comparison;
using RedPacket.Http;
using RedPacket.Reports;

namespace RedPacket.Wallets;

/// <summary><c>GET /api/v1/wallets/{userId}</c> and its statement: one's own, or any for an operator.</summary>
internal sealed class WalletEndpoints(WalletReader wallets, SettledThrough settledThrough)
{
    public async Task<IResult> Balance(HttpContext context, string userId)
    {
        if (Refused(context, userId) is { } refusal)
            return refusal;
        return await Outages.Answered(() => Task.Run<IResult>(async () =>
        {
            // First how far the ledger must have come, then the ledger: never the other way round.
            var through = await Through(context.RequestAborted);
            var balance = await wallets.Balance(userId, context.RequestAborted);
            return Results.Json(new WalletAnswer(userId, balance, through), ReconciliationJson.Default.WalletAnswer);
        }));
    }

    public async Task<IResult> Statement(HttpContext context, string userId)
    {
        var query = new QueryValues(context.Request.Query);
        var after = query.Number("after", 0, long.MaxValue) ?? 0;
        var limit = (int?)query.Number("limit", 1, ReportRequest.PageLimit) ?? ReportRequest.PageLimit;
        if ((Refused(context, userId) ?? query.Refusal) is { } refusal)
            return refusal;
        return await Outages.Answered(async () => Results.Json(await wallets.Statement(userId, after, limit, context.RequestAborted), ReconciliationJson.Default.StatementPage));
    }

    private static Problem? Refused(HttpContext context, string userId)
    {
        if (!UserId.IsValid(userId))
            return new Problem(400, "user_invalid", "A user id has 1 to 128 characters of A-Z a-z 0-9 . _ ~ @ | : + -");
        return context.UserId() == userId || context.IsOperator() ? null : new Problem(403, "forbidden", "A wallet is shown to its owner and to operators.");
    }

    private async Task<DateTimeOffset?> Through(CancellationToken cancellation)
    {
        try
        {
            return await settledThrough.Read(cancellation);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            // The balance is the ledger's; only how fresh it is cannot be said now.
            return null;
        }
    }
}
