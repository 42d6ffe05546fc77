using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace RedPacket.LoadTest.Baselines;

/// <summary>A grab as the usual ways answer it: deal in Redis, then book in the request, each way after its own fashion. The answers are the service's.</summary>
internal abstract class BaselineGrab(NaiveStore store)
{
    protected NaiveStore Store => store;

    public async Task<IResult> Handle(HttpContext context, string packetId)
    {
        if ((string?)context.Request.Headers["X-User-Id"] is not { Length: > 0 } userId)
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        var share = await store.Deal(packetId, userId);
        switch (share.Word)
        {
            case NaiveGrantStatus.Won:
                return await Book(packetId, userId, share) ? Won(packetId, userId, share) : Results.StatusCode(StatusCodes.Status500InternalServerError);
            case NaiveGrantStatus.Again:
                context.Response.Headers["Idempotent-Replayed"] = "true";
                return Won(packetId, userId, share);
            case NaiveGrantStatus.Unknown:
                return Results.StatusCode(StatusCodes.Status404NotFound);
            default:
                var word = share.Word == NaiveGrantStatus.Emptied ? "emptied" : "expired";
                return Results.Json(new BaselineLateAnswer(packetId, userId, word), BaselineJson.Default.BaselineLateAnswer);
        }
    }

    /// <summary>Books a share that was dealt just now. False: the caller gets a 500.</summary>
    protected abstract Task<bool> Book(string packetId, string userId, NaiveGrant share);

    private static IResult Won(string packetId, string userId, NaiveGrant share) => Results.Json(new BaselineWonAnswer(packetId, userId, "won", share.Fen, share.Ordinal,
        DateTimeOffset.FromUnixTimeMilliseconds(share.At).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture)), BaselineJson.Default.BaselineWonAnswer);
}

internal sealed record BaselineWonAnswer(string PacketId, string UserId, string Outcome, long AmountFen, int Ordinal, string GrabbedAt);

internal sealed record BaselineLateAnswer(string PacketId, string UserId, string Outcome);

/// <summary>What a send asks for; the sender, his greeting and his key are of no use here.</summary>
internal sealed record BaselineSend(long AmountFen, int Count, int ExpiresInSeconds);

internal sealed record BaselineSent(string PacketId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BaselineWonAnswer))]
[JsonSerializable(typeof(BaselineLateAnswer))]
[JsonSerializable(typeof(BaselineSend))]
[JsonSerializable(typeof(BaselineSent))]
internal sealed partial class BaselineJson : JsonSerializerContext;
