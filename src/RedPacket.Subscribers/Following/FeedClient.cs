using System.Globalization;
using System.Net;
using System.Text.Json.Serialization;
using RedPacket.Http;
using RedPacket.Messages;

namespace RedPacket.Subscribers.Following;

/// <summary>A page of <c>GET /api/v1/transfers</c>.</summary>
/// <param name="Head">The newest transfer of the ledger.</param>
internal sealed record TransfersPage(IReadOnlyList<SettledTransfer> Transfers, long Next, long Head);

/// <summary>The body of <c>PUT /api/v1/subscribers/{name}</c>.</summary>
internal sealed record ProgressBody(long Position, long Grabs, long GrantedFen);

/// <summary>What a room uses of its answer.</summary>
/// <param name="State">agrees, drifted or ahead.</param>
/// <param name="LedgerGrabs">Null when the ledger ends before the position, as are its fen.</param>
internal sealed record ProgressAnswer(string State, long? LedgerGrabs, long? LedgerGrantedFen);

/// <summary>The service did not answer as it should.</summary>
/// <param name="retryAfter">When the service wants to be asked again; null when it did not say.</param>
internal sealed class FeedException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan? RetryAfter => retryAfter;
}

/// <summary>The address of the service. The demo knows its address only when it listens.</summary>
internal sealed record ServiceAddress(Func<Uri> Read);

/// <summary>The two calls by which a room follows the service: the feed, and the report of its progress.</summary>
internal sealed class FeedClient(HttpClient http, ServiceAddress address, FollowerIdentity identity)
{
    /// <summary>The longest page that the service has.</summary>
    public const int PageLimit = 1000;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);

    /// <summary>The transfers behind a position.</summary>
    public async Task<TransfersPage> Read(long after, CancellationToken cancellation, int limit = PageLimit)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"api/v1/transfers?after={after}&limit={limit}");
        using var answer = await Send(HttpMethod.Get, path, null, cancellation);
        Check(answer);
        return await answer.Content.ReadFromJsonAsync(FollowingJson.Readable.TransfersPage, cancellation)
            ?? throw new FeedException("The service answered null.");
    }

    /// <summary>The newest transfer.</summary>
    public async Task<long> Head(CancellationToken cancellation) => (await Read(0, cancellation, limit: 1)).Head;

    /// <summary>Tells the service how far a room is. Null when the service has no such call.</summary>
    public async Task<ProgressAnswer?> Report(string name, ProgressBody progress, CancellationToken cancellation)
    {
        using var body = JsonContent.Create(progress, FollowingJson.Readable.ProgressBody);
        // The service wants to know the length of a body before it reads it.
        await body.LoadIntoBufferAsync(cancellation);
        using var answer = await Send(HttpMethod.Put, $"api/v1/subscribers/{name}", body, cancellation);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
            return null;
        Check(answer);
        return await answer.Content.ReadFromJsonAsync(FollowingJson.Readable.ProgressAnswer, cancellation);
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, HttpContent? body, CancellationToken cancellation)
    {
        // The address may have a path, which must end with a slash then.
        var service = new Uri($"{address.Read().AbsoluteUri.TrimEnd('/')}/");
        using var request = new HttpRequestMessage(method, new Uri(service, path)) { Content = body };
        identity.Prove(request.Headers);
        try
        {
            return await http.SendAsync(request, cancellation);
        }
        catch (OperationCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw new FeedException($"The service did not answer within {http.Timeout.TotalSeconds} s", null, late);
        }
    }

    private static void Check(HttpResponseMessage answer)
    {
        if (answer.IsSuccessStatusCode)
            return;
        var wait = answer.Headers.RetryAfter?.Delta;
        throw new FeedException(
            answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                ? $"The service answered {(int)answer.StatusCode}: "
                    + "set Jwt:SigningKeys:0 to its key, or Subscribers:Token to the token of an operator"
                : $"The service answered {(int)answer.StatusCode}",
            wait is { } asked && asked > s_longestWait ? s_longestWait : wait);
    }
}

[JsonSerializable(typeof(TransfersPage))]
[JsonSerializable(typeof(ProgressBody))]
[JsonSerializable(typeof(ProgressAnswer))]
[JsonSerializable(typeof(RoomsAnswer))]
internal sealed partial class FollowingJson : JsonSerializerContext
{
    public static readonly FollowingJson Readable = new(ReadableJson.Options());
}
