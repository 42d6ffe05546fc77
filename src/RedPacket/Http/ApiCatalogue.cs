
namespace RedPacket.Http;

/// <summary>
/// The calls of the other rooms, as /openapi/v1.json describes them: answers, refusals and inputs by method and route. It stands here, and not beside the
/// endpoints, because they write their answers themselves and their files are about grabbing, not about describing. A test holds that no call is missing.
/// </summary>
internal static class ApiCatalogue
{
    private static readonly Dictionary<string, Call> s_calls = new(StringComparer.Ordinal)
    {
        ["POST /api/v1/packets"] = PacketCalls.Send,
        ["GET /api/v1/packets"] = PacketCalls.Newest,
        ["GET /api/v1/packets/{packetId}"] = PacketCalls.One,
        ["POST /api/v1/packets/{packetId}/grabs"] = PacketCalls.Grab,
        ["GET /api/v1/wallets/{userId}"] = BookCalls.Wallet,
        ["GET /api/v1/wallets/{userId}/transfers"] = BookCalls.Statement,
        ["GET /api/v1/consistency"] = BookCalls.Report,
        ["GET /api/v1/consistency/history"] = BookCalls.History,
        ["POST /api/v1/consistency/repairs"] = BookCalls.Repair,
        ["GET /api/v1/parked"] = BookCalls.Parked,
        ["POST /api/v1/parked/replays"] = BookCalls.Replay,
    };

    /// <summary>Null for a call that describes itself, or that nobody described.</summary>
    public static Call? Find(string? method, string? path) => s_calls.GetValueOrDefault($"{method} /{path?.TrimStart('/').TrimEnd('/')}");
}

/// <summary>One call of the catalogue.</summary>
/// <param name="Details">What <see cref="OpenApiMetadata"/> would have put on the endpoint.</param>
internal sealed record Call(string Tag, string Summary, params object[] Details)
{
    public static DescribedAnswer Answer(int status, string example, string? description = null, string contentType = "application/json") =>
        new(status, example, contentType, description);

    public static DescribedInput Query(string name, string description) => new(name, "query", description, false);

    public static ProblemCodes Refusals(params string[] codes) => new(codes);
}
