using System.Net.ServerSentEvents;
using System.Text.Json;

namespace RedPacket.Tests.Demo;

/// <summary>Listens to <c>GET /api/v1/live</c> as a page does, and keeps all samples.</summary>
internal sealed class LiveWatch : IAsyncDisposable
{
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<JsonElement> _samples = [];
    private readonly Lock _lock = new();
    private readonly Task _listening;

    public LiveWatch(Uri address)
    {
        _client = new HttpClient { BaseAddress = address };
        _listening = Listen();
    }

    /// <summary>The samples of the history event and all later ones.</summary>
    public IReadOnlyList<JsonElement> Samples
    {
        get
        {
            lock (_lock)
                return [.. _samples];
        }
    }

    /// <summary>The event types so far, in order.</summary>
    public List<string> Types { get; } = [];

    /// <summary>Waits for a new sample that matches.</summary>
    public Task<JsonElement> Sees(string what, Func<JsonElement, bool> wanted, TimeSpan? limit = null)
    {
        var seen = Samples.Count;
        return Eventually.Yields(
            () => Task.FromResult(Samples.Skip(seen).FirstOrDefault(wanted)),
            sample => sample.ValueKind == JsonValueKind.Object, limit, what);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task Listen()
    {
        await using var stream = await _client.GetStreamAsync("/api/v1/live", _stop.Token);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(_stop.Token))
        {
            Types.Add(item.EventType);
            lock (_lock)
            {
                if (item.EventType == "history")
                    _samples.AddRange(JsonDocument.Parse(item.Data).RootElement.EnumerateArray());
                else if (item.EventType == "live")
                    _samples.Add(JsonDocument.Parse(item.Data).RootElement);
            }
        }
    }
}
