using RedPacket.Drills.Servers;

namespace RedPacket.Drills;

/// <summary>Reads the report all the time while a drill runs: what is on its way must never be called wrong.</summary>
internal sealed class VerdictWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _alarms = [];
    private readonly Task _watching;

    public VerdictWatch(Cluster cluster) => _watching = Task.Run(() => Watch(cluster));

    /// <summary>The reports that said INCONSISTENT, up to now.</summary>
    public IReadOnlyCollection<string> Alarms
    {
        get
        {
            lock (_alarms)
                return [.. _alarms];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task Watch(Cluster cluster)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var report = await cluster.Report();
                if (report.GetProperty("verdict").GetString() == "INCONSISTENT")
                    Note($"a false alarm on the way: {report}");
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
            {
                // The process that reports is what this drill takes away: nothing was read.
            }
            catch (Xunit.Sdk.XunitException failure)
            {
                Note($"the report was refused: {failure.Message}");
            }
            await Eventually.Pause(s_pause);
        }
    }

    private void Note(string alarm)
    {
        lock (_alarms)
        {
            if (_alarms.Count < 5)
                _alarms.Add(alarm);
        }
    }
}
