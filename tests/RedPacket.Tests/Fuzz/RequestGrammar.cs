using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using RedPacket.Drills.Run;

namespace RedPacket.Tests.Fuzz;

/// <summary>A request as it is written, one character a byte.</summary>
/// <param name="IsHead">Its answer has no body.</param>
/// <param name="EndsTheConnection">Its length is not what its head says, or the server may not find its end.</param>
internal sealed record RawRequest(string Text, bool IsHead, bool EndsTheConnection);

/// <summary>Requests to the service: lines, heads, encodings and bodies.</summary>
internal sealed class RequestGrammar(Grammar grammar, ConcurrentBag<string> packets)
{
    private static readonly string[] s_users = ["alice", "bob", "carl", "dora", "eve", "a/b="];
    private static readonly Tokens s_tokens = new();

    public RawRequest Next()
    {
        var damaged = grammar.OneIn(8);
        var (method, path, body) = grammar.Below(11) switch
        {
            10 => ("POST", $"/api/v1/{grammar.Of("consistency/repairs", "parked/replays", "parked/corrections", "parked/dismissals",
                "parked/acknowledgements")}", OperatorsBody()),
            < 4 => ("POST", $"/api/v1/packets/{Packet()}/grabs", grammar.OneIn(20) ? "{}" : null),
            < 7 => ("POST", "/api/v1/packets", Send()),
            _ => (grammar.Of("GET", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"), Path(), null),
        };
        var line = $"{method} {path} HTTP/1.1";
        var isLie = false;
        // Some clients begin a text with a byte order mark, and some send it in pieces.
        body = body is not null && grammar.OneIn(12) ? $"\uFEFF{body}" : body;
        var isChunked = body is not null && grammar.OneIn(8);
        var text = new StringBuilder(damaged ? grammar.Damaged(line, 2) : line).Append("\r\n");
        foreach (var field in Head(body, isChunked, ref isLie))
            text.Append(damaged ? grammar.Damaged(field, 6) : field).Append("\r\n");
        text.Append("\r\n").Append(isChunked ? Chunks(Latin1(body!)) : Latin1(body ?? ""));
        return new RawRequest(text.ToString(), text.ToString().StartsWith("HEAD ", StringComparison.Ordinal), damaged || isLie);
    }

    private string Packet() => packets.TryPeek(out var newest) && !grammar.OneIn(3)
        ? newest
        : grammar.Damaged(packets.ElementAt(grammar.Below(packets.Count)), 8);

    private string Send()
    {
        var (amount, count) = (grammar.OneIn(6) ? grammar.Number() : "1000", grammar.OneIn(6) ? grammar.Number() : "20");
        var more = grammar.Of("", ",\"greeting\":\"福\"", ",\"expiresInSeconds\":3600");
        var body = $$"""{"kind":"{{grammar.Of("lucky", "lucky", "equal")}}","amountFen":{{amount}},"count":{{count}}{{more}}}""";
        return grammar.Damaged(body, 3);
    }

    private string OperatorsBody() => grammar.Damaged(grammar.Of(
        """{"dryRun":true}""", """{"all":true}""", $$"""{"ids":[{{grammar.Number()}}]}""", """{"all":true,"dryRun":false}""",
        $$"""{"ids":[1,2],"reason":"seen","dryRun":{{grammar.Of("true", "false")}}}""", "{}"), 4);

    private string Chunks(string body)
    {
        var cut = grammar.Below(body.Length + 1);
        return string.Concat(new[] { body[..cut], body[cut..] }.Where(part => part.Length > 0)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Length:x}\r\n{part}\r\n"))) + "0\r\n\r\n";
    }

    private string Path() => grammar.Damaged(grammar.Of(
        $"/api/v1/packets/{Packet()}", $"/api/v1/packets/{Packet()}?after={grammar.Number()}&limit={grammar.Number()}",
        $"/api/v1/wallets/{Uri.EscapeDataString(grammar.Of<string>(s_users))}",
        "/api/v1/wallets/alice/transfers?format=csv&from=2026-01-01",
        $"/api/v1/wallets/alice/transfers?after={grammar.Number()}", "/api/v1/info", "/health/live", "/", "/p/x", "/assets/app.js",
        $"/api/v1/consistency?packetId={Packet()}", "/api/v1/consistency/history", "/api/v1/parked?limit=1", "/api/v1/packets?limit=1"), 4);

    private List<string> Head(string? body, bool isChunked, ref bool isLie)
    {
        List<string> fields = [grammar.OneIn(40) ? "Host: " : "Host: localhost"];
        if (!grammar.OneIn(15))
            fields.Add($"Authorization: {grammar.Damaged(s_tokens.Bearer(grammar.Of<string>(s_users), grammar.OneIn(4)), 40)}");
        if (!grammar.OneIn(10))
            fields.Add($"Idempotency-Key: {(grammar.OneIn(4) ? grammar.Number() : $"key-{grammar.Below(1_000_000)}")}");
        if (grammar.OneIn(10))
            fields.Add(grammar.Of(
                "Accept: text/csv", "Accept: */*;q=x", "Expect: 100-continue", "Connection: close", "X-Forwarded-For: 1.2.3.4",
                "Content-Encoding: gzip", "Content-Encoding: identity", "Range: bytes=0-1", "Cookie: a=b", "TE: trailers",
                "Upgrade: h2c", $"X-Long: {new string('x', 4000)}"));
        if (body is null)
            return fields;
        fields.Add($"Content-Type: {(grammar.OneIn(12)
            ? grammar.Of("text/plain", "application/json; charset=utf-16", "application/json; charset=utf-8")
            : "application/json")}");
        if (isChunked)
        {
            fields.Add("Transfer-Encoding: chunked");
            return fields;
        }
        var length = Encoding.UTF8.GetByteCount(body);
        isLie = grammar.OneIn(30);
        var claimed = isLie ? Math.Max(0, length + grammar.Below(9) - 4) : length;
        isLie = claimed != length;
        fields.Add(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {claimed}"));
        return fields;
    }

    private static string Latin1(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
