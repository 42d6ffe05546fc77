using System.Buffers;
using System.Text.Json;
using RedPacket.Http;
using RedPacket.Messages;

namespace RedPacket.Feed;

/// <summary><c>GET /api/v1/transfers</c>: everything that the ledger has recorded, in its order.</summary>
internal sealed class FeedEndpoint(FeedReader feed)
{
    public const string Lines = "application/x-ndjson";
    private const int LongestPage = 1000;
    private static readonly Dictionary<string, EntryKind> s_kinds = Enum.GetValues<EntryKind>().ToDictionary(EntryName.Of);

    public async Task<IResult> Handle(HttpContext context)
    {
        var query = new QueryValues(context.Request.Query);
        // There is one ledger. Readers name it already, so that a second one changes nothing for them.
        query.Number("ledger", 0, 0);
        var after = query.Number("after", 0, long.MaxValue - LongestPage) ?? 0;
        var limit = (int?)query.Number("limit", 1, LongestPage);
        var kind = query.OneOf("kind", [.. s_kinds.Keys]) is { } name && s_kinds.TryGetValue(name, out var known)
            ? known
            : (EntryKind?)null;
        var format = query.OneOf("format", "json", "ndjson")
            ?? (context.Request.GetTypedHeaders().Accept is [{ MediaType.Value: Lines }] ? "ndjson" : "json");
        if (query.Refusal is { } refusal)
            return refusal;
        var asked = new FeedRequest(after, limit ?? (format == "json" ? QueryValues.PageLimit : LongestPage), kind);
        // SQLite answers synchronously: it must not hold up the thread of the connection.
        var page = await Task.Run(() => feed.Read(asked, context.RequestAborted));
        return format == "json"
            ? Results.Json(page, FeedJson.Readable.FeedPage)
            : new FeedLines(feed, asked with { Through = page.Head }, page, isWhole: limit is null);
    }

    /// <summary>
    /// A line for each transfer, up to the newest one at the start of the answer, or one page where a limit was given.
    /// </summary>
    private sealed class FeedLines(FeedReader feed, FeedRequest asked, FeedPage first, bool isWhole) : IResult
    {
        private static readonly byte[] s_lineEnd = "\n"u8.ToArray();

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = Lines;
            if (EdgeMiddleware.IsForHead(httpContext))
                return;
            var cancellation = httpContext.RequestAborted;
            for (var page = first; ; page = await Task.Run(() => feed.Read(asked with { After = page.Next }, cancellation), cancellation))
            {
                foreach (var transfer in page.Transfers)
                {
                    response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(transfer, FeedJson.Readable.SettledTransfer));
                    response.BodyWriter.Write(s_lineEnd);
                }
                await response.BodyWriter.FlushAsync(cancellation);
                if (!isWhole || page.Next >= asked.Through)
                    return;
            }
        }
    }
}
