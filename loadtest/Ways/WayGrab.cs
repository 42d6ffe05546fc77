using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace RedPacket.LoadTest.Ways;

/// <summary>A grab as the usual ways answer it: deal in Redis, then book in the request, each way after its own fashion. The answers are the service's.</summary>
internal abstract class WayGrab(WayStore store)
{
    protected WayStore Store => store;

    public async Task<IResult> Handle(HttpContext context, string packetId)
    {
        if ((string?)context.Request.Headers["X-User-Id"] is not { Length: > 0 } userId)
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        var share = await store.Deal(packetId, userId);
        switch (share.Word)
        {
            case DealtWord.Won:
                return await Book(packetId, userId, share) ? Won(packetId, userId, share) : Results.StatusCode(StatusCodes.Status500InternalServerError);
            case DealtWord.Again:
                context.Response.Headers["Idempotent-Replayed"] = "true";
                return Won(packetId, userId, share);
            case DealtWord.Unknown:
                return Results.StatusCode(StatusCodes.Status404NotFound);
            default:
                var word = share.Word == DealtWord.Emptied ? "emptied" : "expired";
                return Results.Json(new WayLateAnswer(packetId, userId, word), WayJson.Default.WayLateAnswer);
        }
    }

    /// <summary>Books a share that was dealt just now. False: the caller gets a 500.</summary>
    protected abstract Task<bool> Book(string packetId, string userId, Dealt share);

    private static IResult Won(string packetId, string userId, Dealt share) => Results.Json(new WayWonAnswer(packetId, userId, "won", share.Fen, share.Ordinal,
        DateTimeOffset.FromUnixTimeMilliseconds(share.At).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture)), WayJson.Default.WayWonAnswer);
}

internal sealed record WayWonAnswer(string PacketId, string UserId, string Outcome, long AmountFen, int Ordinal, string GrabbedAt);

internal sealed record WayLateAnswer(string PacketId, string UserId, string Outcome);

/// <summary>What a send asks for; the sender, his greeting and his key are of no use here.</summary>
internal sealed record WaySend(long AmountFen, int Count, int ExpiresInSeconds);

internal sealed record WaySent(string PacketId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WayWonAnswer))]
[JsonSerializable(typeof(WayLateAnswer))]
[JsonSerializable(typeof(WaySend))]
[JsonSerializable(typeof(WaySent))]
internal sealed partial class WayJson : JsonSerializerContext;
