using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RedPacket.LoadTest.Target;

/// <summary>The service cannot be used as it is; the text says what to do.</summary>
internal sealed class TargetException(string message) : Exception(message);

/// <summary>What the report says, in the numbers that a load test needs.</summary>
internal sealed record ReportVerdict(string Word, long Granted, long Settled, long InFlight, long Missing, long Orphan, long Mismatch, long Duplicate, long Parked, double TookMs,
    IReadOnlyList<string> FailedRules)
{
    public const string Consistent = "CONSISTENT";
}

/// <summary>The calls around the load: none of them is measured.</summary>
/// <param name="grabs">Where sends, grabs and packets are served.</param>
/// <param name="books">Where the report is served.</param>
internal sealed class TargetApi(Uri grabs, Uri books, IReadOnlyList<(string Name, string Value)>? asOperator) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 32 }) { Timeout = TimeSpan.FromSeconds(120) };

    /// <summary>Waits until it takes sends and grabs.</summary>
    public async Task Ready(TimeSpan limit, CancellationToken stop)
    {
        var until = System.Diagnostics.Stopwatch.StartNew();
        var last = "no answer";
        do
        {
            try
            {
                using var answer = await _client.GetAsync(new Uri(grabs, "/health/ready"), stop);
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
                last = $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(stop)}";
            }
            catch (HttpRequestException exception)
            {
                last = exception.Message;
            }
            await Task.Delay(200, stop);
        }
        while (until.Elapsed < limit);
        throw new TargetException($"{grabs} takes no grabs: /health/ready said: {last}. Start the service there, or leave --url out and the demo is started for you.");
    }

    /// <summary><c>/api/v1/info</c>.</summary>
    public async Task<JsonNode> Info(CancellationToken stop)
    {
        using var answer = await _client.GetAsync(new Uri(grabs, "/api/v1/info"), stop);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new TargetException($"{grabs}api/v1/info answered {(int)answer.StatusCode}: is this a RedPacket?");
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(stop))!;
    }

    /// <summary><c>/api/v1/live</c>, as a stream that goes on until it is disposed.</summary>
    public async Task<Stream> Live(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(grabs, "/api/v1/live"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(stop);
    }

    /// <summary>The report.</summary>
    public async Task<ReportVerdict> Report(CancellationToken stop)
    {
        if (asOperator is null)
            throw new TargetException("The verdict is an operator's to ask: give --operator-token (a token with the role operator), or --jwt-key.");
        using var request = Request(HttpMethod.Get, new Uri(books, "/api/v1/consistency"), asOperator);
        using var answer = await _client.SendAsync(request, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => Read(JsonNode.Parse(text)!),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                throw new TargetException($"The report was refused with {(int)answer.StatusCode}: give --operator-token (a token with the role operator), or the service's own --jwt-key."),
            HttpStatusCode.NotFound => throw new TargetException($"{books} serves no report: give --report-url, the address of a process with the role reconcile."),
            _ => throw new TargetException($"{books}api/v1/consistency answered {(int)answer.StatusCode}: {text}"),
        };
    }

    /// <summary>One grab, outside the load. Null when there was no answer; else status, body, and whether it is a repeated answer.</summary>
    public async Task<(int Status, byte[] Body, bool Replayed)?> Grab(string packetId, IEnumerable<(string Name, string Value)> caller, CancellationToken stop)
    {
        using var request = Request(HttpMethod.Post, new Uri(grabs, $"/api/v1/packets/{packetId}/grabs"), caller);
        try
        {
            using var answer = await _client.SendAsync(request, stop);
            return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(stop), answer.Headers.TryGetValues("Idempotent-Replayed", out _));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>A page of a packet's claims. A service that has no time for it (503, 429) is asked again, as it says, for a quarter of a minute.</summary>
    public async Task<JsonDocument> Packet(string packetId, int after, IEnumerable<(string Name, string Value)> caller, CancellationToken stop)
    {
        for (var patience = s_patience; ;)
        {
            using var request = Request(HttpMethod.Get, new Uri(grabs, $"/api/v1/packets/{packetId}?after={after}&limit=100"), caller);
            using var answer = await _client.SendAsync(request, stop);
            if (answer.StatusCode == HttpStatusCode.OK)
                return JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(stop));
            var pause = answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
            if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests) || pause > patience)
                throw new TargetException($"GET of packet {packetId} answered {(int)answer.StatusCode}: what was won cannot be compared. Ask again when the service is well.");
            patience -= pause;
            await Task.Delay(pause, stop);
        }
    }

    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage Request(HttpMethod method, Uri address, IEnumerable<(string Name, string Value)> fields)
    {
        var request = new HttpRequestMessage(method, address);
        foreach (var (name, value) in fields)
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static ReportVerdict Read(JsonNode report)
    {
        long Claims(string name) => report["claims"]?[name]?.GetValue<long>() ?? -1;
        var failed = report["rules"]!.AsArray().Where(rule => rule!["result"]!.GetValue<string>() == "FAIL").Select(rule => rule!["id"]!.GetValue<string>());
        return new ReportVerdict(report["verdict"]!.GetValue<string>(), Claims("granted"), Claims("settled"), Claims("inFlight"), Claims("missing"), Claims("orphan"),
            Claims("mismatch"), Claims("duplicate"), Claims("parked"), report["tookMs"]?.GetValue<double>() ?? 0, [.. failed]);
    }
}
