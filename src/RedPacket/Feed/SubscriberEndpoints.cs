using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Ledger.Followers;

namespace RedPacket.Feed;

/// <summary>The answer to a report: both sides' sums through the position.</summary>
internal sealed record SubscriberAnswer(
    string Name, long Position, long Grabs, long GrantedFen, long? LedgerGrabs, long? LedgerGrantedFen, long Head, string State,
    DateTimeOffset ReportedAt);

/// <summary>
/// Programs that follow the ledger say how far they are and what they have added up, and the ledger says whether it is
/// right (PROTOCOL 9.3).
/// </summary>
internal sealed class SubscriberEndpoints(SubscriberReader reader, SubscriberRecord record, TimeProvider clock)
{
    private const int LongestName = 40;

    /// <summary>JSON's readers have no larger whole number in common.</summary>
    private const long Most = (1L << 53) - 1;

    /// <summary><c>GET /api/v1/subscribers</c></summary>
    public async Task<IResult> List(CancellationToken cancellation) =>
        // SQLite answers synchronously: it must not hold up the thread of the connection.
        Results.Json(await Task.Run(() => reader.Read(cancellation), cancellation), FeedJson.Readable.SubscriberList);

    /// <summary><c>PUT /api/v1/subscribers/{name}</c>. A program calls it every second, so it is not audited.</summary>
    public async Task<IResult> Report(HttpContext context, string name)
    {
        if (!IsName(name))
            return Invalid;
        var (body, refusal) = await JsonBody.Read(context.Request, "position", "grabs", "grantedFen");
        if (body is not { } asked)
            return refusal!;
        if (!asked.TryNumber("position", Most, out var position) || !asked.TryNumber("grabs", Most, out var grabs)
            || !asked.TryNumber("grantedFen", Most, out var fen))
            return new Problem(400, "position_out_of_range", $"position, grabs and grantedFen must be whole numbers from 0 to {Most}.");
        var cancellation = context.RequestAborted;
        var (sums, head) = await Task.Run(() => reader.SumsThrough(name, position, cancellation), cancellation);
        var row = new SubscriberRow
        {
            Name = name,
            Position = position,
            Grabs = grabs,
            GrantedFen = fen,
            LedgerGrabs = sums?.Grabs,
            LedgerGrantedFen = sums?.GrantedFen,
            ReportedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        await record.Save(row, cancellation);
        var answer = new SubscriberAnswer(
            name, position, grabs, fen, sums?.Grabs, sums?.GrantedFen, head, SubscriberState.Of(row),
            DateTimeOffset.FromUnixTimeMilliseconds(row.ReportedAt));
        return Results.Json(answer, FeedJson.Readable.SubscriberAnswer);
    }

    /// <summary><c>DELETE /api/v1/subscribers/{name}</c></summary>
    public async Task<IResult> Forget(HttpContext context, string name)
    {
        if (!IsName(name))
            return Invalid;
        var actor = Actor.Of(context.ForAudit());
        return await record.Forget(actor, name, context.RequestAborted)
            ? Results.NoContent()
            : new Problem(404, "subscriber_unknown", "No subscriber of this name has reported.");
    }

    private static Problem Invalid =>
        new(400, "subscriber_invalid", $"The name of a subscriber must be 1 to {LongestName} characters of a-z, 0-9 and -.");

    private static bool IsName(string name) => name.Length is > 0 and <= LongestName
        && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
}
