using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace RedPacket.LoadTest.Target;

/// <summary>One second of the service, as it tells it. What it could not read is null.</summary>
/// <param name="At">When it came, by this machine's clock.</param>
internal sealed record LivePoint(DateTimeOffset At, long? Packets, long? Granted, long? Settled, long? Outbox, long? Queue, long? LagMs, string? Verdict);

/// <summary>Listens to <c>GET /api/v1/live</c> for as long as a run lasts.</summary>
internal sealed class LiveStream : IAsyncDisposable
{
    private readonly List<LivePoint> _samples = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _listening;

    public LiveStream(TargetApi api) => _listening = Listen(api);

    /// <summary>The newest; null before the first.</summary>
    public LivePoint? Last
    {
        get
        {
            lock (_lock)
                return _samples.Count > 0 ? _samples[^1] : null;
        }
    }

    /// <summary>All that has come since a moment.</summary>
    public IReadOnlyList<LivePoint> Since(DateTimeOffset moment)
    {
        lock (_lock)
            return [.. _samples.Where(sample => sample.At >= moment)];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _stop.Dispose();
    }

    // A stream that ends (a restart, a drill) is asked for again: a gap in the series is all that it costs.
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

    private void Add(LivePoint sample)
    {
        lock (_lock)
            _samples.Add(sample);
    }

    private static LivePoint Read(JsonNode live) => new(TimeProvider.System.GetUtcNow(),
        Number(live["totals"]?["packets"]), Number(live["totals"]?["granted"]), Number(live["totals"]?["settled"]), Number(live["outbox"]), Number(live["queue"]),
        Number(live["lagMs"]), live["verdict"]?.GetValue<string>());

    private static long? Number(JsonNode? node) => node?.GetValue<long>();
}
