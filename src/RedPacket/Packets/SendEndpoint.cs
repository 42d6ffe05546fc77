using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Packets.Limits;

namespace RedPacket.Packets;

/// <summary><c>POST /api/v1/packets</c>: put money into an envelope.</summary>
internal sealed class SendEndpoint(
    RedisPackets packets, SplitSeeds seeds, UserLimits limits, IOptions<PacketsOptions> options, TimeProvider clock)
{
    private static readonly Problem s_keyReused = new(422, "key_reused",
        "This Idempotency-Key was used for a packet with other content. Use a new key for a new packet.");

    public async Task<IResult> Handle(HttpContext context)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, SendRequest.Members);
        if (body is not { } asked)
            return refusal!;
        (var request, refusal) = SendRequest.Check(asked, options.Value);
        if (request is null)
            return refusal!;
        var keys = context.Request.Headers["Idempotency-Key"];
        if (keys.Count == 0 || string.IsNullOrEmpty(keys))
            return new Problem(400, "key_missing",
                "Send the header Idempotency-Key, so that asking again after a lost answer makes no second packet.");
        if (keys is not [{ Length: <= 200 } key] || key.Any(character => character is < '!' or > '~'))
            return new Problem(400, "key_invalid", "Idempotency-Key must be 1 to 200 visible ASCII characters, once.");
        return await Send(context, request, key);
    }

    private async Task<IResult> Send(HttpContext context, SendRequest request, string key)
    {
        var sender = context.UserId();
        var split = request.Kind == PacketKind.Equal ? Splits.Equal.Name : options.Value.Split;
        var keyHash = PacketTerms.KeyHash(sender, key);
        var terms = new PacketTerms(
            sender, request.Kind, request.Count, request.Greeting, request.ExpiresInSeconds, split, seeds.New(), keyHash);
        var content = terms.ContentHash(request.AmountFen);
        // A repeated send makes nothing, so it does not count. One that is beyond a limit leaves no key behind.
        var known = limits.LimitSends ? await packets.FindKey(keyHash) : null;
        if (known is not null && !await IsSame(known, request, terms, content))
            return s_keyReused;
        var packetId = known?.PacketId ?? PacketId.New(RandomNumberGenerator.GetInt32(options.Value.Shards), clock.GetUtcNow());
        var counts = limits.LimitSends && (known is null || !await packets.Exists(packetId));
        if (counts && await limits.Send(context, packetId, request.AmountFen, terms, clock.GetUtcNow()) is { } beyond)
            return beyond;
        var claim = await packets.ClaimKey(keyHash, packetId, content);
        // Another call with this key was faster, and has a place already.
        if (counts && claim?.PacketId != packetId)
            await limits.GiveBack(packetId, terms);
        if (claim is null)
            return EdgeProblems.PacketDamaged;
        if (!await IsSame(claim, request, terms, content))
            return s_keyReused;
        var made = await packets.Create(claim.PacketId, request.AmountFen, terms);
        if (made is null)
            return EdgeProblems.OutboxFull;
        if (!made.Made)
            context.Response.Headers["Idempotent-Replayed"] = "true";
        context.Response.Headers.Location = $"{context.Request.PathBase}/api/v1/packets/{made.Id}";
        return Results.Json(ToAnswer(made), PacketAnswersJson.Readable.SentAnswer, statusCode: StatusCodes.Status201Created);
    }

    // Packets:DefaultExpiry may have changed since the first send. A body that names no expiry is still the same body.
    private async Task<bool> IsSame(KeyClaim claim, SendRequest request, PacketTerms terms, string content) =>
        claim.ContentHash == content
        || (!request.ExpiryIsSet && await packets.Find(claim.PacketId) is { } sent
            && PacketTerms.TryParse(sent.Terms, sent.AmountFen) is { ExpiresIn: var expiresIn }
            && claim.ContentHash == (terms with { ExpiresIn = expiresIn }).ContentHash(request.AmountFen));

    // The state at the time of sending: the same request gets the same body, whatever has become of the packet since.
    private static SentAnswer ToAnswer(MadePacket made) => new(made.Id, made.Sender, made.Terms.Kind, made.AmountFen, made.Terms.Count,
        made.Terms.Greeting, WireTime.Text(made.CreatedAt), WireTime.Text(made.ExpiresAt), PacketState.Open);
}
