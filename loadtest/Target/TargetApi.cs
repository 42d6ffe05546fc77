using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RedPacket.LoadTest.Target;

/// <summary>The service cannot be measured. The message says what to do.</summary>
internal sealed class TargetException(string message) : Exception(message);

/// <summary>The verdict of the consistency report, with the numbers that a load test needs.</summary>
internal sealed record ReportVerdict(
    string Word, long Granted, long Settled, long InFlight, long Missing, long Orphan, long Mismatch, long Duplicate, long Parked,
    double TookMs, IReadOnlyList<string> FailedRules)
{
    public const string Consistent = "CONSISTENT";
    public const string Inconsistent = "INCONSISTENT";
}

/// <summary>The calls outside the load. They are not measured.</summary>
/// <param name="grabs">Serves sends, grabs and packets.</param>
/// <param name="report">Serves the report.</param>
internal sealed class TargetApi(Uri grabs, Uri report, IReadOnlyList<(string Name, string Value)>? asOperator) : IDisposable
{
    private static readonly TimeSpan s_retryLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_readyLimit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = 32,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    })
    {
        Timeout = TimeSpan.FromSeconds(120),
    };

    /// <summary>
    /// Waits until an address takes sends and grabs. Without <paramref name="wait"/> an address without an answer fails
    /// immediately, and a service that answers has 60 s to become ready. <paramref name="say"/> gets the reason of the
    /// wait.
    /// </summary>
    public async Task Ready(Uri address, TimeSpan? wait, Action<string> say, CancellationToken stop)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var (status, why) = await AskReady(address, stop);
            if (status == HttpStatusCode.OK)
                return;
            if (watch.Elapsed >= (wait ?? (status is null ? TimeSpan.Zero : s_readyLimit)))
                throw new TargetException($"{address} {why}. Start the service at this address, give --wait 30s to wait for it, "
                    + "or leave --url out to start the demo.");
            say($"waiting: {address} {why}");
            await Task.Delay(200, stop);
        }
    }

    /// <summary>Reads <c>/api/v1/info</c>.</summary>
    public async Task<JsonNode> Info(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(grabs, "/api/v1/info"));
        var (status, text) = await Ask(request, stop);
        return status == HttpStatusCode.OK && ReadObject(text) is { } info
            ? info
            : throw new TargetException($"{grabs}api/v1/info answered {(int)status} without the information of a service. "
                + "Give the address of a RedPacket service.");
    }

    /// <summary>Opens <c>/api/v1/live</c>, a stream without an end.</summary>
    public async Task<Stream> Live(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(grabs, "/api/v1/live"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(stop);
    }

    /// <summary>Reads the consistency report.</summary>
    public async Task<ReportVerdict> Report(CancellationToken stop)
    {
        if (asOperator is null)
            throw new TargetException("Only an operator may read the report. "
                + "Give --operator-token (a token with the role operator) or the service's --jwt-key.");
        using var request = Request(HttpMethod.Get, new Uri(report, "/api/v1/consistency"), asOperator);
        var (status, text) = await Ask(request, stop);
        return status switch
        {
            HttpStatusCode.OK when ReadObject(text) is { } json && json.ContainsKey("verdict") => ReadVerdict(json),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                throw new TargetException($"The service refused the report with {(int)status}. "
                    + "Give --operator-token (a token with the role operator) or the service's --jwt-key."),
            HttpStatusCode.NotFound =>
                throw new TargetException($"{report} serves no report. Give --report-url with the address of a reconcile process."),
            _ => throw new TargetException($"{report}api/v1/consistency answered {(int)status}: {text}"),
        };
    }

    /// <summary>Grabs once, outside the load. Returns null without an answer.</summary>
    public async Task<(int Status, byte[] Body, bool Replayed)?> Grab(
        string packetId, IEnumerable<(string Name, string Value)> caller, CancellationToken stop)
    {
        using var request = Request(HttpMethod.Post, new Uri(grabs, $"/api/v1/packets/{packetId}/grabs"), caller);
        try
        {
            using var answer = await _client.SendAsync(request, stop);
            var isReplayed = answer.Headers.TryGetValues("Idempotent-Replayed", out _);
            return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(stop), isReplayed);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>
    /// Reads a page of a packet's claims. Retries after 503 and 429 as Retry-After says, for at most 15 s.
    /// </summary>
    public async Task<JsonDocument> Packet(
        string packetId, int after, IEnumerable<(string Name, string Value)> caller, CancellationToken stop)
    {
        for (var left = s_retryLimit; ;)
        {
            using var request = Request(HttpMethod.Get, new Uri(grabs, $"/api/v1/packets/{packetId}?after={after}&limit=100"), caller);
            using var answer = await _client.SendAsync(request, stop);
            if (answer.StatusCode == HttpStatusCode.OK)
                return JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(stop));
            var pause = answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
            if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests) || pause > left)
                throw new TargetException($"GET of packet {packetId} answered {(int)answer.StatusCode}, so the shares cannot be compared. "
                    + "Run again when the service is ready.");
            left -= pause;
            await Task.Delay(pause, stop);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<(HttpStatusCode? Status, string Why)> AskReady(Uri address, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/health/ready"));
        try
        {
            using var answer = await _client.SendAsync(request, stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            return (answer.StatusCode, $"is not ready for grabs: /health/ready answered {(int)answer.StatusCode} {text}");
        }
        catch (Exception exception) when (IsUnreachable(exception, stop))
        {
            return (null, $"does not answer: {Reason(exception)}");
        }
    }

    private async Task<(HttpStatusCode Status, string Text)> Ask(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            using var answer = await _client.SendAsync(request, stop);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(stop));
        }
        catch (Exception exception) when (IsUnreachable(exception, stop))
        {
            throw new TargetException($"{request.RequestUri} does not answer: {Reason(exception)}. "
                + "Check the address, and the service's log.");
        }
    }

    /// <summary>No connection, or no answer in time.</summary>
    private static bool IsUnreachable(Exception exception, CancellationToken stop) =>
        exception is HttpRequestException || (exception is TaskCanceledException && !stop.IsCancellationRequested);

    private static string Reason(Exception exception) =>
        (exception.InnerException is TimeoutException timeout ? timeout : exception).Message.TrimEnd('.');

    /// <summary>A JSON object; null for any other text.</summary>
    private static JsonObject? ReadObject(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, Uri address,
        IEnumerable<(string Name, string Value)> fields)
    {
        var request = new HttpRequestMessage(method, address);
        foreach (var (name, value) in fields)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static ReportVerdict ReadVerdict(JsonNode report)
    {
        long Claims(string name) => report["claims"]?[name]?.GetValue<long>() ?? -1;
        var failed = report["rules"]!.AsArray().Where(rule => rule!["result"]!.GetValue<string>() == "FAIL");
        return new ReportVerdict(
            report["verdict"]!.GetValue<string>(), Claims("granted"), Claims("settled"), Claims("inFlight"), Claims("missing"),
            Claims("orphan"), Claims("mismatch"), Claims("duplicate"), Claims("parked"), report["tookMs"]?.GetValue<double>() ?? 0,
            [.. failed.Select(rule => rule!["id"]!.GetValue<string>())]);
    }
}
