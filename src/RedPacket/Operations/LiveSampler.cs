using RedPacket.Hosting;

namespace RedPacket.Operations;

/// <summary>
/// One sampler for all listeners. It reads once a second and keeps the last five minutes. It also reads while nobody
/// listens, because a sample costs little, and an operator who opens the page after a failure wants to see how it
/// began.
/// </summary>
internal sealed class LiveSampler(LiveReader reader, TimeProvider clock, ILogger<LiveSampler> logger) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private const int Kept = 300;
    private readonly Lock _lock = new();
    private readonly Queue<LiveSample> _samples = new(Kept);
    private TaskCompletionSource<LiveSample> _next = Promise();
    private LiveNumbers? _last;
    private int _listeners;

    /// <summary>How many listeners there are.</summary>
    public int Listeners => _listeners;

    /// <summary>The sample after this moment. Every listener gets the same one.</summary>
    public Task<LiveSample> Next => Volatile.Read(ref _next).Task;

    /// <summary>
    /// Begins to listen: the samples of up to five minutes, and the sample that follows them. Ends when it is disposed.
    /// </summary>
    public Listener Listen()
    {
        lock (_lock)
        {
            _listeners++;
            return new Listener(this, [.. _samples], Next);
        }
    }

    // After a sample that failed the listeners get a ping.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        new Loop(clock, _ => true, logger.SampleFailed).Run(Every, Sample, stoppingToken);

    private async Task Sample(CancellationToken stopping)
    {
        _last = await reader.Read(_last, stopping);
        Tell(new LiveSample(_last));
    }

    private void Tell(LiveSample sample)
    {
        TaskCompletionSource<LiveSample> told;
        lock (_lock)
        {
            if (_samples.Count == Kept)
                _samples.Dequeue();
            _samples.Enqueue(sample);
            told = _next;
            Volatile.Write(ref _next, Promise());
        }

        told.TrySetResult(sample);
    }

    private void Leave()
    {
        lock (_lock)
            _listeners--;
    }

    private static TaskCompletionSource<LiveSample> Promise() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One listener.</summary>
    internal sealed class Listener(LiveSampler sampler, IReadOnlyList<LiveSample> history, Task<LiveSample> next) : IDisposable
    {
        private int _gone;

        /// <summary>Oldest first; <see cref="Next"/> follows on it without a gap.</summary>
        public IReadOnlyList<LiveSample> History => history;

        public Task<LiveSample> Next { get; private set; } = next;

        /// <summary>Waits for the next sample from now on.</summary>
        public void Move() => Next = sampler.Next;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _gone, 1) == 0)
                sampler.Leave();
        }
    }
}
