using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Messages;

namespace RedPacket.Wallets;

/// <summary><c>GET /api/v1/wallets/{userId}</c> and its statement: your own, or any for an operator.</summary>
internal sealed class WalletEndpoints(WalletReader wallets, InFlightReader reader, TimeProvider clock)
{
    public async Task<IResult> Balance(HttpContext context, string userId)
    {
        userId = UserId.OfSegment(userId);
        if (context.RefusalUnlessOwner(userId) is { } refusal)
            return refusal;
        // SQLite answers synchronously: it must not hold up the thread of the connection.
        return await Task.Run(async () =>
        {
            // The outboxes first, then the ledger: read the other way round they could promise more than it holds.
            var inFlight = await InFlight(context.RequestAborted);
            Entry[]? own = inFlight?.Payments is { } payments ? [.. payments[userId]] : null;
            var (settledFen, pendingFen) = await wallets.Balance(userId, own, context.RequestAborted);
            return Results.Json(
                new WalletAnswer(userId, settledFen, pendingFen, inFlight?.SettledThrough), WalletsJson.Readable.WalletAnswer);
        });
    }

    public async Task<IResult> Statement(HttpContext context, string userId)
    {
        userId = UserId.OfSegment(userId);
        var query = new QueryValues(context.Request.Query);
        var after = query.Number("after", 0, long.MaxValue) ?? 0;
        var limit = query.Limit();
        var newestFirst = query.OneOf("order", "oldest", "newest") == "newest";
        var asked = new StatementRequest(userId, after, limit, newestFirst, query.Time("from"), query.Time("to"));
        var format = query.OneOf("format", "json", "csv") ?? (AcceptsCsv(context.Request) ? "csv" : "json");
        if ((context.RefusalUnlessOwner(userId) ?? query.Refusal) is { } refusal)
            return refusal;
        if (format == "csv")
            return StatementCsv.File(wallets, asked, isWhole: query.Text("limit") is null, clock.GetUtcNow());
        return Results.Json(await wallets.Statement(asked, context.RequestAborted), WalletsJson.Readable.StatementPage);
    }

    private static bool AcceptsCsv(HttpRequest request) =>
        request.GetTypedHeaders().Accept is [{ MediaType.Value: CsvFile.MediaType }];

    private async Task<InFlight?> InFlight(CancellationToken cancellation)
    {
        try
        {
            return await reader.Read(cancellation);
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            // The balance is the ledger's. Without Redis only its freshness is unknown.
            return null;
        }
    }
}
