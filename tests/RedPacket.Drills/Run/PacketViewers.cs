using System.Collections.Concurrent;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace RedPacket.Drills.Run;

/// <summary>A crowd that watches one packet at one process. A viewer whose stream ends opens it again.</summary>
internal sealed class PacketViewers : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly CancellationTokenSource _stop = new();
    private readonly Viewer[] _viewers;
    private readonly Task _watching;

    /// <summary>Begins to watch.</summary>
    public PacketViewers(Cluster cluster, ServiceProcess process, string packetId, int count)
    {
        _viewers = [.. Enumerable.Range(0, count).Select(number => new Viewer(this, cluster, process, packetId, number))];
        _watching = Task.WhenAll(_viewers.Select(viewer => Task.Run(() => viewer.Run(_stop.Token))));
    }

    /// <summary>True when each viewer has had an event.</summary>
    public bool AllListen => _viewers.All(viewer => viewer.Listens);

    /// <summary>True when each viewer has seen this many shares.</summary>
    public bool AllSaw(int shares) => _viewers.All(viewer => viewer.Delays.Count == shares);

    /// <summary>Seconds from each grab to each viewer, ascending.</summary>
    public double[] Delays => [.. _viewers.SelectMany(viewer => viewer.Delays.Values).Order()];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _client.Dispose();
        _stop.Dispose();
    }

    private sealed class Viewer(PacketViewers crowd, Cluster cluster, ServiceProcess process, string packetId, int number)
    {
        public ConcurrentDictionary<int, double> Delays { get; } = new();

        public bool Listens { get; private set; }

        public async Task Run(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await Watch(stop);
                }
                catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
                {
                    // The drill has cut the process off, or is over.
                }
                await Eventually.Pause(s_pause);
            }
        }

        private async Task Watch(CancellationToken stop)
        {
            var user = string.Create(CultureInfo.InvariantCulture, $"viewer{number}");
            using var request = cluster.Request(process, HttpMethod.Get, $"/api/v1/packets/{packetId}/live", user);
            using var response = await crowd._client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (!response.IsSuccessStatusCode)
                return;
            await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(stop)).EnumerateAsync(stop))
            {
                Listens = true;
                if (item.EventType != "ping")
                    Note(JsonDocument.Parse(item.Data).RootElement);
            }
        }

        private void Note(JsonElement told)
        {
            var now = TimeProvider.System.GetUtcNow();
            foreach (var grab in told.GetProperty("grabs").EnumerateArray())
            {
                var delay = now - grab.GetProperty("grabbedAt").GetDateTimeOffset();
                Delays.TryAdd(grab.GetProperty("ordinal").GetInt32(), delay.TotalSeconds);
            }
        }
    }
}
