using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http;
using RedPacket.Http;
using RedPacket.Packets;

namespace RedPacket.Tests.Packets;

/// <summary>One call of the endpoint that sends packets, by anna, without HTTP around it.</summary>
/// <param name="Refusal">The code of the refusal; null when there was none.</param>
internal sealed record SendCall(SentAnswer? Answer, bool Replayed, string? Refusal)
{
    public const string Body = """{"kind":"lucky","amountFen":500,"count":5}""";

    public static async Task<SendCall> Post(SendEndpoint endpoint, string key, string body = Body)
    {
        var anna = new ClaimsIdentity([new System.Security.Claims.Claim(Caller.UserClaim, "anna")], "test");
        var context = new DefaultHttpContext { User = new ClaimsPrincipal(anna) };
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        context.Request.Headers["Idempotency-Key"] = key;

        var result = await endpoint.Handle(context);

        var isReplayed = context.Response.Headers.ContainsKey("Idempotent-Replayed");
        return new SendCall((result as IValueHttpResult)?.Value as SentAnswer, isReplayed, (result as Problem)?.Code);
    }
}
