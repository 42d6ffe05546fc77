using RedPacket.Packets;
using System.Globalization;
using System.Text.Json;

namespace RedPacket.Demo;

/// <summary>What a crowd is to do: so many packets are sent over its time, and so many people a second grab one of the newest.</summary>
internal sealed record CrowdPlan(int PerSecond, TimeSpan Lasts, int Packets)
{
    /// <summary>The longest a packet may be (Packets:MaxCount).</summary>
    private const int MostShares = 100_000;

    /// <summary>Nine shares for ten people: the last come too late.</summary>
    public int Shares => (int)Math.Clamp((long)PerSecond * (long)Lasts.TotalSeconds * 9 / 10 / Packets, 1, MostShares);
}

/// <summary>
/// People who call over real HTTP when their time has come, and wait for nobody (an open model): a service that is slow meets more of them at once, not fewer.
/// Who finds too many waiting already counts as failed.
/// </summary>
internal sealed class Crowd(CrowdPlan plan, Uri address, TimeProvider clock, CancellationToken stopping)
{
    /// <summary>Packets that are grabbed at a time.</summary>
    private const int Newest = 4;
    private const int MostWaiting = 4000;
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(10);
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"crowd{clock.GetUtcNow().ToUnixTimeMilliseconds()}");
    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();
    private readonly List<string> _packets = [];
    private long _asked;
    private long _won;
    private long _tooLate;
    private long _failed;
    private int _waiting;
    private int _sent;
    private DateTimeOffset? _endedAt;

    public CrowdView View() => new(_endedAt is null, plan.PerSecond, _startedAt, _endedAt ?? _startedAt + plan.Lasts,
        Interlocked.Read(ref _asked), Interlocked.Read(ref _won), Interlocked.Read(ref _tooLate), Interlocked.Read(ref _failed));

    public void Start() => _ = Task.Run(Run);

    /// <summary>Nobody comes any more; those who have asked hear their answer.</summary>
    public void Stop() => _end.Cancel();

    private async Task Run()
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = MostWaiting }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
        var started = clock.GetTimestamp();
        using var timer = new PeriodicTimer(s_step, clock);
        while (!_end.IsCancellationRequested && clock.GetElapsedTime(started) is var elapsed && elapsed < plan.Lasts)
        {
            await SendPackets(client, elapsed);
            var due = (long)(elapsed.TotalSeconds * plan.PerSecond) + 1;
            for (var asked = Volatile.Read(ref _asked); asked < due && _packets.Count > 0; asked++)
                _ = Grab(client, _packets[Random.Shared.Next(Math.Max(0, _packets.Count - Newest), _packets.Count)], Interlocked.Increment(ref _asked));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        // Those who have asked hear their answer.
        while (Volatile.Read(ref _waiting) > 0)
            await timer.WaitForNextTickAsync(CancellationToken.None);
        _endedAt ??= clock.GetUtcNow();
    }

    // Some at once, so that there is a choice, the others spread over the time.
    private async Task SendPackets(HttpClient client, TimeSpan elapsed)
    {
        var due = Math.Min(plan.Packets, Math.Max(Newest / 2, 1 + (int)(elapsed / plan.Lasts * plan.Packets)));
        for (; _sent < due; _sent++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/packets");
            request.Headers.Add("X-User-Id", _name);
            request.Headers.Add("Idempotency-Key", string.Create(CultureInfo.InvariantCulture, $"{_name}-{_sent}"));
            request.Content = JsonContent.Create(new { kind = "lucky", amountFen = plan.Shares * 100L, count = plan.Shares, greeting = "恭喜发财", expiresInSeconds = 600 });
            if (await Answer(client, request) is { } packet && packet.TryGetProperty("packetId", out var id))
                _packets.Add(id.GetString()!);
            else
                return;
        }
    }

    private async Task Grab(HttpClient client, string packetId, long number)
    {
        if (Interlocked.Increment(ref _waiting) <= MostWaiting)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/packets/{packetId}/grabs");
            request.Headers.Add("X-User-Id", string.Create(CultureInfo.InvariantCulture, $"{_name}-{number}"));
            Count((await Answer(client, request))?.GetProperty("outcome").GetString());
        }
        else
        {
            Count(null);
        }

        Interlocked.Decrement(ref _waiting);
    }

    private void Count(string? outcome) => Interlocked.Increment(ref outcome == "won" ? ref _won : ref outcome is PacketState.Emptied or PacketState.Expired ? ref _tooLate : ref _failed);

    /// <summary>Null for a refusal, or no answer.</summary>
    private static async Task<JsonElement?> Answer(HttpClient client, HttpRequestMessage request)
    {
        try
        {
            using var response = await client.SendAsync(request);
            return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonElement>() : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException or IOException)
        {
            return null;
        }
    }
}
