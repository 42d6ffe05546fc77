namespace RedPacket.Operations;

/// <summary>One sampler for all who listen: reads once a second while anybody does, and nothing when nobody does.</summary>
internal sealed class LiveSampler(LiveReader reader, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<LiveSampler> logger)
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private TaskCompletionSource<LiveNumbers> _next = Promise();
    private int _listeners;
    private bool _sampling;

    /// <summary>How many listen.</summary>
    public int Listeners => _listeners;

    /// <summary>False while nobody listens.</summary>
    public bool IsSampling => _sampling;

    /// <summary>The sample after this moment. Every listener gets the same one.</summary>
    public Task<LiveNumbers> Next => Volatile.Read(ref _next).Task;

    /// <summary>Counts as listening until disposed.</summary>
    public IDisposable Listen()
    {
        lock (_lock)
        {
            _listeners++;
            if (!_sampling)
            {
                _sampling = true;
                _ = Task.Run(Sample);
            }
        }

        return new Listener(this);
    }

    private async Task Sample()
    {
        LiveNumbers? before = null;
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                before = await reader.Read(before, lifetime.ApplicationStopping);
                Interlocked.Exchange(ref _next, Promise()).TrySetResult(before);
            }
            catch (Exception exception) when (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                // The listeners get a ping instead, and the next second is another try.
                OperationsLog.SampleFailed(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(CancellationToken.None) && GoesOn());
    }

    private bool GoesOn()
    {
        lock (_lock)
            return _sampling = _listeners > 0 && !lifetime.ApplicationStopping.IsCancellationRequested;
    }

    private void Leave()
    {
        lock (_lock)
            _listeners--;
    }

    private static TaskCompletionSource<LiveNumbers> Promise() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Listener(LiveSampler sampler) : IDisposable
    {
        private int _gone;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gone, 1) == 0)
                sampler.Leave();
        }
    }
}
