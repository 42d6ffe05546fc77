using RedPacket.Http;
using RedPacket.Messages;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary><c>POST /api/v1/packets</c>: put money into an envelope.</summary>
internal sealed class SendEndpoint(RedisPackets packets, IOptions<PacketsOptions> options, TimeProvider clock)
{
    private const int LongestBody = 8 * 1024;

    public async Task<IResult> Handle(HttpContext context)
    {
        var (request, refusal) = await ReadBody(context.Request);
        if (request is null)
            return refusal!;
        var keys = context.Request.Headers["Idempotency-Key"];
        if (keys.Count == 0 || string.IsNullOrEmpty(keys))
            return new Problem(400, "key_missing", "Send an Idempotency-Key header, so that sending again after a lost answer makes no second packet.");
        if (keys is not [{ Length: <= 200 } key] || key.Any(character => character is < '!' or > '~'))
            return new Problem(400, "key_invalid", "Idempotency-Key is 1 to 200 visible ASCII characters, once.");
        try
        {
            return await Send(context, request, key);
        }
        catch (StoreRefusedException exception)
        {
            return exception.ToProblem();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return new StoreRefusedException(StoreRefusal.Unavailable, exception.Message, exception).ToProblem();
        }
    }

    private async Task<(SendRequest?, Problem?)> ReadBody(HttpRequest http)
    {
        if (!http.HasJsonContentType())
            return (null, new Problem(415, "media_type_unsupported", "Send the body as application/json."));
        using var body = new MemoryStream();
        var buffer = new byte[LongestBody];
        for (int read; (read = await http.Body.ReadAsync(buffer)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > LongestBody)
                return (null, new Problem(413, "body_too_large", $"The body may have {LongestBody} bytes."));
        }

        return SendRequest.Read(body.ToArray(), options.Value);
    }

    private async Task<IResult> Send(HttpContext context, SendRequest request, string key)
    {
        var sender = context.UserId();
        var split = request.Kind == "equal" ? Splits.Equal.Name : options.Value.Split;
        var keyHash = PacketTerms.KeyHash(sender, key);
        var seed = Splits.NewSeed().ToString("x16", CultureInfo.InvariantCulture);
        var terms = new PacketTerms(sender, request.Kind, request.Count, request.Greeting, request.ExpiresInSeconds, split, seed, keyHash);
        var content = terms.ContentHash(request.AmountFen);
        var shard = RandomNumberGenerator.GetInt32(options.Value.Shards);
        var claim = await packets.ClaimKey(keyHash, PacketId.New(shard, clock.GetUtcNow()), content);
        if (claim.ContentHash != content)
            return new Problem(422, "key_reused", "This Idempotency-Key was used for a packet with other content. Use a new key for a new packet.");
        var made = await packets.Create(claim.PacketId, request.AmountFen, terms);
        if (made is null)
            return new Problem(503, "outbox_full", "The ledger is too far behind. Send again with the same Idempotency-Key.", TimeSpan.FromSeconds(1));
        if (!made.Made)
            context.Response.Headers["Idempotent-Replayed"] = "true";
        context.Response.Headers.Location = $"/api/v1/packets/{made.Id}";
        return Results.Json(ToAnswer(made), PacketAnswersJson.Readable.SentAnswer, statusCode: StatusCodes.Status201Created);
    }

    // The state is the one at the time of sending: the same request gets the same body, whatever became of the packet since.
    private static SentAnswer ToAnswer(MadePacket made) =>
        new(made.Id, made.Sender, made.Terms.Kind, made.AmountFen, made.Terms.Count, made.Terms.Greeting, WireTime.Text(made.CreatedAt), WireTime.Text(made.ExpiresAt), PacketState.Open);
}
