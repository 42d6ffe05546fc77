using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace RedPacket.LoadTest.Baselines;

/// <summary>
/// The grab of a baseline: grant in Redis, then record in the request. The answers are those of the service.
/// </summary>
internal abstract class BaselineGrab(NaiveStore store)
{
    protected NaiveStore Store => store;

    public async Task<IResult> Handle(HttpContext context, string packetId)
    {
        if ((string?)context.Request.Headers["X-User-Id"] is not { Length: > 0 } userId)
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        var share = await store.Grant(packetId, userId);
        switch (share.Status)
        {
            case NaiveGrantStatus.Won:
                return await Record(packetId, userId, share)
                    ? Won(packetId, userId, share)
                    : Results.StatusCode(StatusCodes.Status500InternalServerError);
            case NaiveGrantStatus.Again:
                context.Response.Headers["Idempotent-Replayed"] = "true";
                return Won(packetId, userId, share);
            case NaiveGrantStatus.Unknown:
                return Results.StatusCode(StatusCodes.Status404NotFound);
            default:
                var outcome = share.Status == NaiveGrantStatus.Emptied ? "emptied" : "expired";
                return Results.Json(new BaselineLateAnswer(packetId, userId, outcome), BaselineJson.Default.BaselineLateAnswer);
        }
    }

    /// <summary>Records a share that was granted now. Returns false when the caller gets a 500.</summary>
    protected abstract Task<bool> Record(string packetId, string userId, NaiveGrant share);

    private static IResult Won(string packetId, string userId, NaiveGrant share)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(share.At).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var answer = new BaselineWonAnswer(packetId, userId, "won", share.Fen, share.Ordinal, time);
        return Results.Json(answer, BaselineJson.Default.BaselineWonAnswer);
    }
}

internal sealed record BaselineWonAnswer(string PacketId, string UserId, string Outcome, long AmountFen, int Ordinal, string GrabbedAt);

internal sealed record BaselineLateAnswer(string PacketId, string UserId, string Outcome);

/// <summary>The fields of a send that a baseline needs.</summary>
internal sealed record BaselineSend(long AmountFen, int Count, int ExpiresInSeconds);

internal sealed record BaselineSent(string PacketId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BaselineWonAnswer))]
[JsonSerializable(typeof(BaselineLateAnswer))]
[JsonSerializable(typeof(BaselineSend))]
[JsonSerializable(typeof(BaselineSent))]
internal sealed partial class BaselineJson : JsonSerializerContext;
