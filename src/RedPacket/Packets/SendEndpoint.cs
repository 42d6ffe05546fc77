using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Packets.Limits;

namespace RedPacket.Packets;

/// <summary><c>POST /api/v1/packets</c>: put money into an envelope.</summary>
internal sealed class SendEndpoint(
    RedisPackets packets, SentKeys keys, KeyHomes homes, SettledClaims ledger, SplitSeeds seeds, UserLimits limits,
    IOptions<PacketsOptions> options, TimeProvider clock)
{
    private static readonly Problem s_keyReused = new(422, "key_reused",
        "This Idempotency-Key was used for a packet with other content. Use a new key for a new packet.");

    public async Task<IResult> Handle(HttpContext context)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, SendRequest.Members);
        if (body is not { } asked)
            return refusal!;
        (var request, refusal) = SendRequest.Check(asked, options.Value);
        var (key, wrongKey) = KeyOf(context.Request);
        if (request is not null)
            return key is null ? wrongKey! : await Send(context, request, key);
        // The rules may have been wider at the first send. A repeated one makes nothing, so it need not keep today's.
        return key is not null && SendRequest.CheckWidely(asked) is { } earlier && await Repeated(context, earlier, key) is { } answer
            ? answer
            : refusal!;
    }

    private static (string? Key, Problem? Refusal) KeyOf(HttpRequest request)
    {
        var keys = request.Headers[IdempotencyHeaders.Key];
        if (keys.Count == 0 || string.IsNullOrEmpty(keys))
            return (null, new Problem(400, "key_missing",
                "Send the header Idempotency-Key, so that asking again after a lost answer makes no second packet."));
        return keys is [{ Length: <= 200 } key] && key.All(character => character is >= '!' and <= '~')
            ? (key, null)
            : (null, new Problem(400, "key_invalid", "Idempotency-Key must be 1 to 200 visible ASCII characters, once."));
    }

    private async Task<IResult?> Repeated(HttpContext context, SendRequest request, string key)
    {
        var terms = TermsOf(context, request, key);
        var claim = await keys.Find(terms.Key) ?? await keys.FindUnsharded(terms.Key);
        return claim is not null && await Sent(claim) is { } sent && IsSame(claim, sent, request, terms)
            ? Repeat(context, claim, sent, request, terms)
            : null;
    }

    private async Task<IResult> Send(HttpContext context, SendRequest request, string key)
    {
        var terms = TermsOf(context, request, key);
        if (await keys.FindUnsharded(terms.Key) is { } unsharded && await Sent(unsharded) is { } earlier)
            return Repeat(context, unsharded, earlier, request, terms);
        // A repeated send makes nothing, so it does not count.
        var counts = limits.LimitSends && await keys.Find(terms.Key) is null;
        while (true)
        {
            var shards = homes.Shards;
            var packetId = PacketId.New(KeyHomes.Of(terms.Key, shards), clock.GetUtcNow());
            if (counts && await limits.Send(context, packetId, request.AmountFen, terms, clock.GetUtcNow()) is { } beyond)
                return beyond;
            var outcome = await Create(packetId, shards, request.AmountFen, terms, counts);
            switch (outcome)
            {
                case { Status: CreateStatus.Made, Packet: { } made }:
                    return Answer(context, made);
                case { Status: CreateStatus.Exists, Claim: { } claim } when await Sent(claim) is { } sent:
                    return Repeat(context, claim, sent, request, terms);
                case { Status: CreateStatus.Exists }:
                    return EdgeProblems.PacketDamaged;
                case { Status: CreateStatus.OutboxFull }:
                    return EdgeProblems.OutboxFull;
                default:
                    homes.Learn(outcome.Shards);
                    break;
            }
        }
    }

    private PacketTerms TermsOf(HttpContext context, SendRequest request, string key)
    {
        var sender = context.UserId();
        var split = request.Kind == PacketKind.Equal ? Splits.Equal.Name : options.Value.Split;
        return new PacketTerms(
            sender, request.Kind, request.Count, request.Greeting, request.ExpiresInSeconds, split, seeds.New(),
            PacketTerms.KeyHash(sender, key));
    }

    // A packet that is certainly not made gives its place back. Without an answer the place is free again after a
    // minute.
    private async Task<CreateOutcome> Create(string packetId, int shards, long amountFen, PacketTerms terms,
        bool counts)
    {
        try
        {
            var outcome = await packets.Create(packetId, shards, amountFen, terms,
                nowMs => ledger.ClaimOf(terms.Key, nowMs - PacketsOptions.KeyRetentionMs));
            if (counts && outcome.Status != CreateStatus.Made)
                await limits.GiveBack(packetId, terms);
            return outcome;
        }
        catch (OutageException exception) when (counts && exception.Outage == Outage.Gate)
        {
            await limits.GiveBack(packetId, terms);
            throw;
        }
    }

    /// <summary>The packet that the key names. An archived one is in the ledger only.</summary>
    private async Task<MadePacket?> Sent(KeyClaim claim) =>
        await packets.Sent(claim.PacketId) ?? await ledger.Sent(claim.PacketId);

    private static IResult Repeat(HttpContext context, KeyClaim claim, MadePacket sent, SendRequest request,
        PacketTerms terms)
    {
        if (!IsSame(claim, sent, request, terms))
            return s_keyReused;
        context.Response.Headers[IdempotencyHeaders.Replayed] = "true";
        return Answer(context, sent);
    }

    // Packets:DefaultExpiry may have changed since the first send. A body that names no expiry is still the same body.
    private static bool IsSame(KeyClaim claim, MadePacket sent, SendRequest request, PacketTerms terms) =>
        claim.ContentHash == terms.ContentHash(request.AmountFen)
        || (!request.ExpiryIsSet && claim.ContentHash == (terms with { ExpiresIn = sent.Terms.ExpiresIn }).ContentHash(request.AmountFen));

    private static IResult Answer(HttpContext context, MadePacket packet)
    {
        context.Response.Headers.Location = $"{context.Request.PathBase}/api/v1/packets/{packet.Id}";
        return Results.Json(ToAnswer(packet), PacketAnswersJson.Readable.SentAnswer, statusCode: StatusCodes.Status201Created);
    }

    // The state at the time of sending: the same request gets the same body, whatever has become of the packet since.
    private static SentAnswer ToAnswer(MadePacket made) => new(made.Id, made.Sender, made.Terms.Kind, made.AmountFen, made.Terms.Count,
        made.Terms.Greeting, WireTime.Text(made.CreatedAt), WireTime.Text(made.ExpiresAt), PacketState.Open);
}
