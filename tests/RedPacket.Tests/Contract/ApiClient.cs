using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace RedPacket.Tests.Contract;

/// <summary>
/// The HTTP interface as an outside client calls it: only the wire format, none of the service's types.
/// </summary>
internal sealed class ApiClient(Uri address) : IDisposable
{
    /// <summary>A well-formed id of a packet that nobody sent.</summary>
    public const string Unknown = "0-0123456789abcdef0123456789abcdef";

    private static int s_keys;
    private readonly HttpClient _client =
        new(new SocketsHttpHandler { MaxConnectionsPerServer = 2000, RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(60),
        };

    public Uri Address => address;

    /// <summary>A key that no test has used.</summary>
    public static string NewKey() =>
        string.Create(CultureInfo.InvariantCulture,
            $"key-{Environment.ProcessId}-{Interlocked.Increment(ref s_keys)}-{Guid.NewGuid():N}");

    /// <summary>A user that no test has named.</summary>
    public static string NewUser() =>
        string.Create(CultureInfo.InvariantCulture, $"user-{Interlocked.Increment(ref s_keys)}");

    /// <summary>One call. A null user sends no identity.</summary>
    public async Task<ApiAnswer> Call(
        HttpMethod method, string path, string? user, bool asOperator = false,
        HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (user is not null)
            request.Headers.TryAddWithoutValidation("X-User-Id", user);
        if (asOperator)
            request.Headers.TryAddWithoutValidation("X-Role", "operator");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return new ApiAnswer(
            (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers, response.Content.Headers);
    }

    public Task<ApiAnswer> Get(string path, string? user = "anna") => Call(HttpMethod.Get, path, user);

    public Task<ApiAnswer> GetAsOperator(string path, params (string Name, string Value)[] headers) =>
        Call(HttpMethod.Get, path, "olga", asOperator: true, null, headers);

    public Task<ApiAnswer> PostAsOperator(string path, string json) =>
        Call(HttpMethod.Post, path, "olga", asOperator: true, Json(json));

    /// <summary>Sends a packet with exactly this body.</summary>
    public Task<ApiAnswer> Send(string json, string sender = "sender", string? key = null) =>
        Call(HttpMethod.Post, "/api/v1/packets", sender, false, Json(json), ("Idempotency-Key", key ?? NewKey()));

    /// <summary>Sends a packet that must be accepted, and returns its id.</summary>
    public async Task<string> Packet(
        long amountFen = 10_000, int count = 10, string kind = "lucky", string sender = "sender",
        int expiresInSeconds = 3600)
    {
        var answer = await Send(Terms(amountFen, count, kind, expiresInSeconds), sender);
        Assert.True(answer.Status == 201, answer.ToString());
        return answer.Json.GetProperty("packetId").GetString()!;
    }

    /// <summary>How many of the hundred newest packets this user has sent.</summary>
    public async Task<int> SentBy(string user) => (await GetAsOperator("/api/v1/packets")).Json.GetProperty("packets").EnumerateArray()
        .Count(packet => packet.GetProperty("senderId").GetString() == user);

    public Task<ApiAnswer> Grab(string packetId, string user) =>
        Call(HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs", user);

    /// <summary>The report, as JSON.</summary>
    public async Task<JsonElement> Report(string query = "")
    {
        var answer = await GetAsOperator($"/api/v1/consistency{query}");
        Assert.True(answer.Status == 200, answer.ToString());
        return answer.Json;
    }

    /// <summary>Waits until everything granted is in the ledger and the report says so.</summary>
    public Task<JsonElement> Consistent(TimeSpan? limit = null) =>
        Eventually.Yields(() => Report(), report => report.GetProperty("verdict").GetString() == "CONSISTENT", limit,
            "the verdict is CONSISTENT");

    public static string Terms(long amountFen, int count, string kind = "lucky", int expiresInSeconds = 3600) =>
        string.Create(CultureInfo.InvariantCulture,
        $$"""{"kind":"{{kind}}","amountFen":{{amountFen}},"count":{{count}},"greeting":"恭喜发财","expiresInSeconds":{{expiresInSeconds}}}""");

    public static HttpContent Json(string json) => Bytes(Encoding.UTF8.GetBytes(json), "application/json");

    public static HttpContent Bytes(byte[] bytes, string? type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        return content;
    }

    public void Dispose() => _client.Dispose();
}

/// <summary>A complete answer.</summary>
internal sealed record ApiAnswer(int Status, byte[] Bytes, HttpResponseHeaders Headers,
    HttpContentHeaders ContentHeaders)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonDocument.Parse(Bytes).RootElement;

    public string? MediaType => ContentHeaders.ContentType?.MediaType;

    /// <summary>The stable code of a problem; empty for an answer without a body.</summary>
    public string Code =>
        Bytes.Length > 0 && MediaType == "application/problem+json" ? Json.GetProperty("code").GetString() ?? "" : "";

    /// <summary>True when the header says that this was answered before.</summary>
    public bool Replayed => Headers.TryGetValues("Idempotent-Replayed", out var values) && values.Single() == "true";

    public string this[string member] => Json.GetProperty(member).ToString();

    public override string ToString() => $"{Status} {MediaType} {Text}";
}
