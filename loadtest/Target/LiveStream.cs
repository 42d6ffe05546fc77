using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace RedPacket.LoadTest.Target;

/// <summary>One second of the service's live numbers. Null means that the service could not read a value.</summary>
/// <param name="At">When it arrived, by this machine's clock.</param>
internal sealed record LivePoint(
    DateTimeOffset At, long? Packets, long? Granted, long? Settled, long? Outbox, long? Queue, long? LagMs, string? Verdict);

/// <summary>Listens to <c>GET /api/v1/live</c> for as long as a run lasts.</summary>
internal sealed class LiveStream : IAsyncDisposable
{
    private readonly List<LivePoint> _points = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _listening;

    public LiveStream(TargetApi api) => _listening = Listen(api);

    /// <summary>The newest point; null before the first.</summary>
    public LivePoint? Last
    {
        get
        {
            lock (_lock)
                return _points.Count > 0 ? _points[^1] : null;
        }
    }

    /// <summary>All points since a moment.</summary>
    public IReadOnlyList<LivePoint> Since(DateTimeOffset moment)
    {
        lock (_lock)
            return [.. _points.Where(point => point.At >= moment)];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _stop.Dispose();
    }

    // A stream that ends, as in a restart of the service, is opened again. The series has a gap then.
    private async Task Listen(TargetApi api)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var stream = await api.Live(_stop.Token);
                await foreach (var item in SseParser.Create(stream).EnumerateAsync(_stop.Token))
                {
                    if (item.EventType == "live")
                        Add(Read(JsonNode.Parse(item.Data)!));
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                await Task.WhenAny(Task.Delay(500, _stop.Token));
            }
        }
    }

    private void Add(LivePoint point)
    {
        lock (_lock)
            _points.Add(point);
    }

    private static LivePoint Read(JsonNode live) => new(TimeProvider.System.GetUtcNow(),
        Number(live["totals"]?["packets"]), Number(live["totals"]?["granted"]), Number(live["totals"]?["settled"]),
        Number(live["outbox"]), Number(live["queue"]), Number(live["lagMs"]), live["verdict"]?.GetValue<string>());

    private static long? Number(JsonNode? node) => node?.GetValue<long>();
}
