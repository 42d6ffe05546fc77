using System.Text.Json;
using RedPacket.Ledger;
using RedPacket.Packets;
using StackExchange.Redis;

namespace RedPacket.Http;

/// <summary>The refusals that no endpoint makes: by status, and by what was thrown.</summary>
internal static class EdgeProblems
{
    private static readonly TimeSpan s_afterOutage = TimeSpan.FromSeconds(1);

    public static readonly Problem Internal = new(500, "internal_error", "This is a fault of the service. Quote the traceId to its operators; asking again is safe.");

    public static readonly Problem Stopping = new(503, "stopping", "This process is stopping. Ask again.", s_afterOutage);

    public static readonly Problem Unauthenticated = new(401, "unauthenticated", "Send a valid token: Authorization: Bearer <token>.");

    public static readonly Problem Forbidden = new(403, "forbidden", "This call needs the role operator, or to be about yourself.");

    public static readonly Problem UserInvalid = new(400, "user_invalid", "The user id has to be 1 to 128 characters of A-Z a-z 0-9 . _ ~ @ | : + -");

    /// <summary>Null for a status that is no refusal of the edge's.</summary>
    public static Problem? ForStatus(int status) => status switch
    {
        400 => new Problem(400, "bad_request", "The request could not be read. Compare it with /openapi/v1.json."),
        401 => Unauthenticated,
        403 => Forbidden,
        404 => new Problem(404, "not_found", "There is nothing at this address. The calls are listed in /openapi/v1.json."),
        405 => new Problem(405, "method_not_allowed", "This address exists, but not for this method. The header Allow names those it has."),
        406 => new Problem(406, "not_acceptable", "No answer in a form that Accept allows."),
        408 => new Problem(408, "request_timeout", "The body came too slowly. Send it again."),
        413 => new Problem(413, "body_too_large", "A body may have at most 8 KB, unless Http:BodyLimit says otherwise."),
        414 => new Problem(414, "uri_too_long", "The request line is too long."),
        415 => new Problem(415, "media_type_unsupported", "Send Content-Type: application/json."),
        429 => new Problem(429, "rate_limited", "Too many requests from this user. Wait as long as Retry-After says.", s_afterOutage),
        431 => new Problem(431, "headers_too_large", "The header fields are too large."),
        500 => Internal,
        503 => Stopping,
        _ => null,
    };

    /// <summary>Null for what nobody foresaw. The two stores being away is foreseen: whoever did not answer it better is answered for here.</summary>
    public static Problem? ForException(Exception exception) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException } => new Problem(400, "invalid_json", "The body is not the JSON that this call takes."),
        BadHttpRequestException bad => ForStatus(bad.StatusCode) ?? ForStatus(400),
        StoreRefusedException refused => refused.ToProblem(),
        RedisConnectionException or RedisTimeoutException => new Problem(503, "store_unavailable", "The store cannot be reached. Ask again: what was done is kept.", s_afterOutage),
        LedgerUnavailableException => new Problem(503, "ledger_unavailable", "The ledger cannot be reached. Ask again.", s_afterOutage),
        _ => null,
    };
}
