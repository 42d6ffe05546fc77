using System.Collections.Concurrent;
using RedPacket.Operations;

namespace RedPacket.Demo.Faults;

/// <summary>
/// Begins faults, and ends each when its time is over, on demand, and at shutdown. A fault is active once at a time.
/// </summary>
internal sealed class FaultScheduler : IHostedLifecycleService, IDisposable
{
    /// <summary>
    /// The live numbers name a fault for this long after its end, so that even a short one is marked on every plot.
    /// </summary>
    private static readonly TimeSpan s_shownAfterEnd = TimeSpan.FromSeconds(3);
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly ConcurrentDictionary<string, FaultOccurrence> _latest = new();
    private readonly TimeProvider _clock;
    private readonly ILogger<FaultScheduler> _logger;

    public FaultScheduler(IEnumerable<Fault> faults, PreviousDeath previous, TimeProvider clock,
        ILogger<FaultScheduler> logger)
    {
        (All, _clock, _logger) = ([.. faults], clock, logger);
        if (previous.Fault is { } fault)
            _latest[fault.Id] = new FaultOccurrence(fault, previous.At, clock.GetUtcNow()) { IsOver = true };
    }

    /// <summary>In the order in which the page shows them.</summary>
    public IReadOnlyList<Fault> All { get; }

    /// <summary>
    /// The active faults and those that ended a moment ago. Even a late call returns each ended fault once.
    /// </summary>
    public IReadOnlyList<StagedFault> Shown()
    {
        if (_latest.IsEmpty)
            return [];
        var shown = _latest.Values.Where(IsShown).OrderBy(occurrence => occurrence.StartedAt);
        return [.. shown.Select(occurrence => new StagedFault(occurrence.Fault.Id, occurrence.StartedAt, occurrence.EndsAt))];
    }

    /// <summary>The start and the planned end of an active fault; null if it is not active.</summary>
    public (DateTimeOffset StartedAt, DateTimeOffset EndsAt)? Active(Fault fault) =>
        _latest.GetValueOrDefault(fault.Id) is { IsOver: false } occurrence ? (occurrence.StartedAt, occurrence.EndsAt) : null;

    /// <summary>Begins a fault. If it is active, it ends first.</summary>
    public async Task Begin(Fault fault, TimeSpan duration, CancellationToken cancellation)
    {
        await _oneAtATime.WaitAsync(cancellation);
        try
        {
            await EndNow(fault, early: true);
            await fault.Begin(duration, cancellation);
            var now = _clock.GetUtcNow();
            var occurrence = new FaultOccurrence(fault, now, now + duration);
            _latest[fault.Id] = occurrence;
            _logger.FaultBegan(fault.Id, duration.TotalSeconds);
            occurrence.Timer = EndInTime(occurrence, duration);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Ends a fault early. Does nothing if it is not active.</summary>
    public async Task End(Fault fault)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await EndNow(fault, early: true);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>
    /// Ends all faults before anything else stops, because a hanging consumer would delay the shutdown.
    /// </summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(End));

    public void Dispose() => _oneAtATime.Dispose();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private bool IsShown(FaultOccurrence occurrence)
    {
        if (!occurrence.IsOver)
            return true;
        var isFirstTime = !occurrence.EndWasShown;
        occurrence.EndWasShown = true;
        return isFirstTime || _clock.GetUtcNow() < occurrence.EndsAt + s_shownAfterEnd;
    }

    private async Task EndInTime(FaultOccurrence occurrence, TimeSpan duration)
    {
        await Task.WhenAny(Task.Delay(duration, _clock, occurrence.Ended.Token), occurrence.Fault.Completed);
        if (occurrence.Ended.IsCancellationRequested)
            return;
        await _oneAtATime.WaitAsync();
        try
        {
            if (_latest.GetValueOrDefault(occurrence.Fault.Id) == occurrence)
                await EndNow(occurrence.Fault, early: false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task EndNow(Fault fault, bool early)
    {
        if (_latest.GetValueOrDefault(fault.Id) is not { IsOver: false } occurrence)
            return;
        await fault.End(early);
        (occurrence.IsOver, occurrence.EndsAt) = (true, _clock.GetUtcNow());
        await occurrence.Ended.CancelAsync();
        _logger.FaultEnded(fault.Id, (occurrence.EndsAt - occurrence.StartedAt).TotalSeconds);
    }

    private sealed class FaultOccurrence(Fault fault, DateTimeOffset startedAt, DateTimeOffset endsAt)
    {
        public Fault Fault => fault;
        public DateTimeOffset StartedAt => startedAt;
        public DateTimeOffset EndsAt { get; set; } = endsAt;
        public bool IsOver { get; set; }
        public bool EndWasShown { get; set; }
        public CancellationTokenSource Ended { get; } = new();
        public Task Timer { get; set; } = Task.CompletedTask;
    }
}

/// <summary>
/// The fault that killed the previous process in this place, and when. Fault is null after an ordinary start.
/// </summary>
internal sealed record PreviousDeath(Fault? Fault, DateTimeOffset At);
