using System.Globalization;
using System.Text.Json;
using RedPacket.Http;
using RedPacket.Packets;

namespace RedPacket.Demo;

/// <summary>
/// The size of a crowd: the number of packets sent during its time, and the number of grabs a second.
/// </summary>
internal sealed record CrowdPlan(RateShape Shape, TimeSpan Duration, int Packets)
{
    /// <summary>The most shares a packet may have (Packets:MaxCount).</summary>
    private const int MaxShares = 100_000;

    /// <summary>Nine shares for ten people, so that the last are too late.</summary>
    public int Shares =>
        (int)Math.Clamp(Shape.Total(Duration.TotalSeconds) * 9 / 10 / Packets, 1, MaxShares);
}

/// <summary>
/// Users who call over real HTTP at planned moments, whether or not earlier calls were answered (an open model). A slow
/// service therefore meets more of them at the same time, not fewer. A grab that finds too many others waiting counts
/// as failed.
/// </summary>
internal sealed class Crowd(CrowdPlan plan, Uri address, TimeProvider clock, CancellationToken stopping)
{
    /// <summary>The crowd grabs from this number of the newest packets.</summary>
    private const int GrabbedPackets = 4;
    private const int MaxWaiting = 4000;
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

    public CrowdView View() => new(_endedAt is null, (int)Math.Ceiling(plan.Shape.Peak), _startedAt, _endedAt ?? _startedAt + plan.Duration,
        Interlocked.Read(ref _asked), Interlocked.Read(ref _won), Interlocked.Read(ref _tooLate), Interlocked.Read(ref _failed));

    public void Start() => _ = Task.Run(Run);

    /// <summary>Starts no more grabs. Those under way still get their answer.</summary>
    public void Stop() => _end.Cancel();

    private async Task Run()
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = MaxWaiting };
        using var client = new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
        var started = clock.GetTimestamp();
        using var timer = new PeriodicTimer(s_step, clock);
        while (!_end.IsCancellationRequested && clock.GetElapsedTime(started) is var elapsed && elapsed < plan.Duration)
        {
            await SendPackets(client, elapsed);
            var due = (long)Math.Ceiling(plan.Shape.Total(elapsed.TotalSeconds));
            for (var asked = Volatile.Read(ref _asked); asked < due && _packets.Count > 0; asked++)
                _ = Grab(client, AnyNewPacket(), Interlocked.Increment(ref _asked));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        while (Volatile.Read(ref _waiting) > 0)
            await timer.WaitForNextTickAsync(CancellationToken.None);
        _endedAt ??= clock.GetUtcNow();
    }

    private string AnyNewPacket() =>
        _packets[Random.Shared.Next(Math.Max(0, _packets.Count - GrabbedPackets), _packets.Count)];

    // Sends a few packets immediately, so that there is a choice, and spreads the rest over the time.
    private async Task SendPackets(HttpClient client, TimeSpan elapsed)
    {
        var due = Math.Min(plan.Packets, Math.Max(GrabbedPackets / 2, 1 + (int)(elapsed / plan.Duration * plan.Packets)));
        var (count, amountFen) = (plan.Shares, plan.Shares * 100L);
        var body = new { kind = "lucky", amountFen, count, greeting = "恭喜发财", expiresInSeconds = 600 };
        for (; _sent < due; _sent++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/packets");
            request.Headers.Add("X-User-Id", _name);
            request.Headers.Add(IdempotencyHeaders.Key, string.Create(CultureInfo.InvariantCulture, $"{_name}-{_sent}"));
            request.Content = JsonContent.Create(body);
            if (await Answer(client, request) is { } packet && packet.TryGetProperty("packetId", out var id))
                _packets.Add(id.GetString()!);
            else
                return;
        }
    }

    private async Task Grab(HttpClient client, string packetId, long number)
    {
        if (Interlocked.Increment(ref _waiting) <= MaxWaiting)
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

    private void Count(string? outcome) =>
        Interlocked.Increment(ref outcome == "won" ? ref _won
            : ref outcome is PacketState.Emptied or PacketState.Expired ? ref _tooLate
            : ref _failed);

    /// <summary>Null if the service refused or did not answer.</summary>
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
