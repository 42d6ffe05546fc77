namespace RedPacket.Drills.Checks;

/// <summary>Polls the report during a drill. It must never call an entry in flight wrong.</summary>
internal sealed class VerdictWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _alarms = [];
    private readonly Task _watching;

    public VerdictWatch(Cluster cluster) => _watching = Task.Run(() => Watch(cluster));

    /// <summary>The first reports that said INCONSISTENT.</summary>
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
                    Note($"false alarm: {report}");
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
            {
                // This drill takes away the process that reports.
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
