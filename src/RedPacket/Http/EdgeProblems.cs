using System.Data.Common;
using System.Text.Json;
using RedPacket.Hosting;

namespace RedPacket.Http;

/// <summary>The refusals that are alike at every endpoint: by status, and by what was thrown.</summary>
internal static class EdgeProblems
{
    private static readonly TimeSpan s_afterOutage = TimeSpan.FromSeconds(1);

    /// <summary>A gate opens in seconds. A store that is refused is inspected twice a minute.</summary>
    private static readonly TimeSpan s_afterGate = TimeSpan.FromSeconds(5);

    public static readonly Problem Internal =
        new(500, "internal_error", "This is a fault of the service. Tell its operators the traceId. Asking again is safe.");

    public static readonly Problem Stopping = new(503, "stopping", "This process is stopping. Ask again.", s_afterOutage);

    public static readonly Problem Unauthenticated = new(401, "unauthenticated", "Send a valid token: Authorization: Bearer <token>.");

    public static readonly Problem Forbidden = new(403, "forbidden", "This call needs the role operator, or must be about yourself.");

    public static readonly Problem UserInvalid = new(400, "user_invalid", $"A user id has {UserId.Rule}.");

    public static readonly Problem PacketIdInvalid = new(400, "packet_id_invalid", "A packet id is <shard>-<32 hex digits>.");

    public static readonly Problem PacketUnknown = new(404, "packet_unknown", "There is no packet of this id.");

    public static readonly Problem PacketArchived =
        new(404, "packet_archived", "This packet was archived. Its transfers are in the ledger.");

    public static readonly Problem PacketDamaged = new(503, "packet_damaged",
        "This packet's record contradicts itself. Nothing was changed. The consistency report tells an operator more.", s_afterGate);

    public static readonly Problem OutboxFull = new(503, "outbox_full",
        "The ledger is too far behind. Ask again in a moment. Send again with the same Idempotency-Key.", s_afterOutage);

    private static readonly Problem s_store =
        new(503, "store_unavailable", "Redis cannot be reached or cannot write. Ask again: a granted share stays granted.", s_afterOutage);

    private static readonly Problem s_memory = new(503, "store_unavailable",
        "Redis is out of memory and takes no more writes. Ask again: a granted share stays granted.", s_afterOutage);

    private static readonly Problem s_gate =
        new(503, "gate_closed", "The packets are being compared with the ledger. Ask again in a few seconds.", s_afterGate);

    private static readonly Problem s_ledger =
        new(503, "ledger_unavailable", "The ledger cannot be read or written now. Ask again.", s_afterOutage);

    private static readonly Problem s_role = new(503, "role_unavailable",
        "The process that serves this address does not answer. Ask again: a call that was carried out is not repeated.", s_afterOutage);

    private static readonly Problem s_issuer = new(503, "issuer_unavailable",
        "The keys of the token's issuer cannot be read now, so that the token cannot be checked. Ask again.", s_afterGate);

    /// <summary>Null for a status that needs no body.</summary>
    public static Problem? ForStatus(int status) => status switch
    {
        400 => new Problem(400, "bad_request", "The request could not be read. Compare it with /openapi/v1.json."),
        401 => Unauthenticated,
        403 => Forbidden,
        404 => new Problem(404, "not_found", "There is nothing at this address. The calls are listed in /openapi/v1.json."),
        405 => new Problem(405, "method_not_allowed", "This address exists, but not for this method. The header Allow names its methods."),
        406 => new Problem(406, "not_acceptable", "No answer in a form that Accept allows."),
        408 => new Problem(408, "request_timeout", "The body came too slowly. Send it again."),
        413 => new Problem(413, "body_too_large",
            $"The body is too long: the limit is {HttpOptions.UsualBodyLimit} bytes unless Http:BodyLimit says otherwise."),
        414 => new Problem(414, "uri_too_long", "The request line is too long."),
        415 => new Problem(415, "media_type_unsupported", "Send Content-Type: application/json."),
        429 => new Problem(429, "rate_limited", "Too many requests from this user. Wait as long as Retry-After says.", s_afterOutage),
        431 => new Problem(431, "headers_too_large", "The header fields are too large."),
        500 => Internal,
        503 => Stopping,
        _ => null,
    };

    /// <summary>Null for what is neither a bad request nor an outage: that is a fault of the service.</summary>
    public static Problem? ForException(Exception exception) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException } => JsonBody.Invalid("The body is not the JSON that this call takes."),
        BadHttpRequestException bad => ForStatus(bad.StatusCode) ?? ForStatus(400),
        _ => ForOutage(exception),
    };

    /// <summary>
    /// An outage as the HTTP contract has it; null when it is none. The only place where an exception becomes a 503.
    /// </summary>
    public static Problem? ForOutage(Exception exception) => exception switch
    {
        _ when RedisOutage.IsOutOfMemory(exception) => s_memory,
        OutageException { Outage: Outage.Store } => s_store,
        OutageException { Outage: Outage.VolatileStore } refused => new Problem(503, "store_volatile", refused.Message, s_afterGate),
        OutageException { Outage: Outage.Gate } => s_gate,
        OutageException { Outage: Outage.Role } => s_role,
        OutageException { Outage: Outage.Issuer } => s_issuer,
        _ when RedisOutage.Is(exception) => s_store,
        _ when IsOfLedger(exception) => s_ledger,
        _ => null,
    };

    // The ledger is the only database that this program reads by ADO.NET. EF Core wraps what its driver throws.
    private static bool IsOfLedger(Exception exception) =>
        exception is DbException or OutageException { Outage: Outage.Ledger }
        || (exception.InnerException is { } inner && IsOfLedger(inner));
}
