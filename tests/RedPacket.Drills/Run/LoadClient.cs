using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace RedPacket.Drills.Run;

/// <summary>
/// Sends packets and grabs them until it is stopped, and records every answer. The seed chooses all calls. A call
/// without an answer is made again, as a user would do, and the new answer resolves it. The client uses only the HTTP
/// interface.
/// </summary>
/// <param name="identify">Adds a user's identity to a request.</param>
internal sealed class LoadClient(IReadOnlyList<Uri> addresses, LoadPlan plan, Action<HttpRequestMessage, string> identify) : IDisposable
{
    private static readonly TimeSpan s_pauseAfterFault = TimeSpan.FromMilliseconds(100);
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    private readonly ConcurrentDictionary<int, string> _packets = new();
    private int _sends;
    private int _calls;

    /// <summary>All answers so far.</summary>
    public LoadRecord Record { get; } = new();

    /// <summary>The body of the last answer 503, or why there was no answer.</summary>
    public string LastRefusal { get; private set; } = "";

    /// <summary>Runs the load on all connections until it is cancelled.</summary>
    public Task Run(CancellationToken stop) => Task.WhenAll(
        Enumerable.Range(0, plan.Connections).Select(connection => Task.Run(() => Work(connection, stop), CancellationToken.None)));

    /// <summary>
    /// Asks everything again: each send by its key, each open grab until it is answered, each winner once more. A
    /// different answer is a contradiction. A call without an answer stays open. Call it when the faults are over.
    /// </summary>
    /// <param name="winners">How many winners ask again.</param>
    public async Task Resolve(CancellationToken limit, int winners = int.MaxValue)
    {
        await Each(Record.Sends.Values, sent => UntilAnswered(() => Send(sent), limit));
        var grabs = Record.Open.Keys.Union(Record.Won.Keys.Take(winners));
        await Each(grabs, grab => UntilAnswered(() => Grab(grab.PacketId, grab.UserId), limit));
    }

    public void Dispose() => _client.Dispose();

    private async Task Work(int connection, CancellationToken stop)
    {
        var random = new Random(HashCode.Combine(plan.Seed, connection));
        while (!stop.IsCancellationRequested)
        {
            var slot = random.Next(plan.OpenPackets);
            var user = string.Create(CultureInfo.InvariantCulture, $"user{random.Next(plan.Users)}");
            if (!_packets.TryGetValue(slot, out var packetId))
                await Replace(slot, stop);
            else
                await Pause(await Grab(packetId, user) ? plan.Pace : s_pauseAfterFault, stop);
        }
    }

    // Several connections may find the slot empty. Each sends a packet, and only one of these packets is grabbed. The
    // comparison covers all.
    private async Task Replace(int slot, CancellationToken stop)
    {
        if (await SendNew(slot, stop) is { } packetId)
            _packets.TryAdd(slot, packetId);
    }

    /// <summary>
    /// Sends one more packet and repeats the call until it is answered. Returns the packet's id, or null when stopped
    /// first.
    /// </summary>
    public async Task<string?> SendNew(int slot, CancellationToken stop, int? expiresInSeconds = null)
    {
        var number = Interlocked.Increment(ref _sends);
        var body = JsonSerializer.Serialize(new
        {
            kind = "lucky",
            amountFen = plan.AmountFen,
            count = plan.Shares,
            greeting = $"drill {number}",
            expiresInSeconds = expiresInSeconds ?? plan.ExpiresInSeconds,
        });
        var key = string.Create(CultureInfo.InvariantCulture, $"drill-{plan.Seed}-{number}");
        var sent = new Sent(key, string.Create(CultureInfo.InvariantCulture, $"sender{slot}"), body, null);
        Record.Sends[sent.Key] = sent;
        while (!stop.IsCancellationRequested && !await Send(sent))
            await Pause(s_pauseAfterFault, stop);
        return Record.Sends[sent.Key].PacketId;
    }

    /// <summary>Returns true for a final answer.</summary>
    private async Task<bool> Send(Sent sent)
    {
        var body = new StringContent(sent.Body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var request = Post("/api/v1/packets", body);
        request.Headers.Add("Idempotency-Key", sent.Key);
        if (await Call(request, sent.Sender) is not var (status, answer))
            return false;
        if (status == 201)
            Record.NoteSent(sent with { Answer = answer });
        else
            Record.Contradictions.Enqueue($"send {sent.Key}: {status} {Encoding.UTF8.GetString(answer)}");
        return true;
    }

    /// <summary>Grabs once. Returns true for a final answer.</summary>
    public async Task<bool> Grab(string packetId, string userId)
    {
        using var request = Post($"/api/v1/packets/{packetId}/grabs");
        Record.Open[(packetId, userId)] = true;
        if (await Call(request, userId, packetId) is not var (status, answer))
            return false;
        Record.Open.TryRemove((packetId, userId), out _);
        if (status == 200)
            Note(packetId, userId, answer);
        else if (status == 404)
            NoteUnknown(packetId, userId, answer);
        else
            Record.Contradictions.Enqueue($"grab {packetId} by {userId}: {status} {Encoding.UTF8.GetString(answer)}");
        return true;
    }

    private void Note(string packetId, string userId, byte[] answer)
    {
        var json = JsonDocument.Parse(answer).RootElement;
        var outcome = json.GetProperty("outcome").GetString()!;
        if (outcome == "won")
        {
            var (ordinal, fen) = (json.GetProperty("ordinal").GetInt32(), json.GetProperty("amountFen").GetInt64());
            Record.NoteWon(new HeldShare(packetId, userId, ordinal, fen), answer);
            return;
        }

        Record.NoteLate(packetId, userId, outcome);
        Leave(packetId);
    }

    private void NoteUnknown(string packetId, string userId, byte[] answer)
    {
        Record.NoteUnknownPacket(packetId, userId, Encoding.UTF8.GetString(answer));
        Leave(packetId);
    }

    // This packet has no more shares.
    private void Leave(string packetId)
    {
        foreach (var slot in _packets.Where(slot => slot.Value == packetId))
            _packets.TryRemove(slot);
    }

    // In turn, as behind a load balancer: a repeated call reaches another process.
    private HttpRequestMessage Post(string path, HttpContent? body = null) =>
        new(HttpMethod.Post, new Uri(addresses[(int)((uint)Interlocked.Increment(ref _calls) % addresses.Count)], path)) { Content = body };

    /// <summary>
    /// Returns the status and the body; null without an answer and for a 503, which must carry Retry-After.
    /// </summary>
    private async Task<(int Status, byte[] Body)?> Call(HttpRequestMessage request, string user,
        string? packetId = null)
    {
        identify(request, user);
        try
        {
            using var response = await _client.SendAsync(request);
            var body = await response.Content.ReadAsByteArrayAsync();
            if ((int)response.StatusCode != 503)
            {
                Record.NoteAnswered();
                return ((int)response.StatusCode, body);
            }
            LastRefusal = Encoding.UTF8.GetString(body);
            Record.NoteUnavailable(packetId);
            if (response.Headers.RetryAfter is null)
                Record.Contradictions.Enqueue($"503 without Retry-After: {Encoding.UTF8.GetString(body)}");
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            LastRefusal = exception.Message;
            Record.NoteUnknown();
        }
        return null;
    }

    private static Task Each<T>(IEnumerable<T> all, Func<T, Task> act) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (one, _) => await act(one));

    private static async Task UntilAnswered(Func<Task<bool>> call, CancellationToken limit)
    {
        while (!await call() && !limit.IsCancellationRequested)
            await Pause(s_pauseAfterFault, CancellationToken.None);
    }

    private static async Task Pause(TimeSpan time, CancellationToken stop) =>
        await Task.Delay(time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
