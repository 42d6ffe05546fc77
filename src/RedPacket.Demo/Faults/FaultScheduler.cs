using System.Collections.Concurrent;
using RedPacket.Operations;

namespace RedPacket.Demo.Faults;

/// <summary>Stages faults, one of a kind at a time, and ends each in its time, on demand, and at shutdown.</summary>
internal sealed class FaultScheduler : IHostedLifecycleService, IDisposable
{
    /// <summary>A fault that is over in a moment is told of for so long, so that every plot has its mark.</summary>
    private static readonly TimeSpan s_shown = TimeSpan.FromSeconds(3);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<string, StagedRun> _stagings = new();
    private readonly TimeProvider _clock;
    private readonly ILogger<FaultScheduler> _logger;

    public FaultScheduler(IEnumerable<Fault> faults, StoppedBefore stoppedBefore, TimeProvider clock, ILogger<FaultScheduler> logger)
    {
        (All, _clock, _logger) = ([.. faults], clock, logger);
        if (stoppedBefore.Fault is { } fault)
            _stagings[fault.Id] = new StagedRun(fault, stoppedBefore.At, clock.GetUtcNow()) { IsOver = true };
    }

    /// <summary>In the order in which they are shown.</summary>
    public IReadOnlyList<Fault> All { get; }

    /// <summary>What is staged now, or was a moment ago. However late somebody asks, what is over is told of once.</summary>
    public IReadOnlyList<StagedFault> Shown() => _stagings.IsEmpty ? []
        : [.. _stagings.Values.Where(IsShown).OrderBy(staging => staging.StartedAt).Select(staging => new StagedFault(staging.Fault.Id, staging.StartedAt, staging.EndsAt))];

    /// <summary>Since when and until when it is staged; null when it is not.</summary>
    public (DateTimeOffset StartedAt, DateTimeOffset EndsAt)? Active(Fault fault) =>
        _stagings.GetValueOrDefault(fault.Id) is { IsOver: false } staging ? (staging.StartedAt, staging.EndsAt) : null;

    /// <summary>Begins a fault. One that is staged already ends first, and begins anew.</summary>
    public async Task Begin(Fault fault, TimeSpan lasts, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await EndNow(fault, early: true);
            await fault.Begin(lasts, cancellation);
            var now = _clock.GetUtcNow();
            var staging = new StagedRun(fault, now, now + lasts);
            _stagings[fault.Id] = staging;
            _logger.FaultBegan(fault.Id, lasts.TotalSeconds);
            staging.Watch = EndInTime(staging, lasts);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends a fault before its time; one that is not staged stays so.</summary>
    public async Task End(Fault fault)
    {
        await _turn.WaitAsync();
        try
        {
            await EndNow(fault, early: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Before anything else stops: who hangs must not hold up the rest.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(End));

    public void Dispose() => _turn.Dispose();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private bool IsShown(StagedRun staging)
    {
        if (!staging.IsOver)
            return true;
        var isNews = !staging.IsToldOver;
        staging.IsToldOver = true;
        return isNews || _clock.GetUtcNow() < staging.EndsAt + s_shown;
    }

    private async Task EndInTime(StagedRun staging, TimeSpan lasts)
    {
        await Task.WhenAny(Task.Delay(lasts, _clock, staging.Ended.Token), staging.Fault.Over);
        if (staging.Ended.IsCancellationRequested)
            return;
        await _turn.WaitAsync();
        try
        {
            if (_stagings.GetValueOrDefault(staging.Fault.Id) == staging)
                await EndNow(staging.Fault, early: false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task EndNow(Fault fault, bool early)
    {
        if (_stagings.GetValueOrDefault(fault.Id) is not { IsOver: false } staging)
            return;
        await fault.End(early);
        (staging.IsOver, staging.EndsAt) = (true, _clock.GetUtcNow());
        await staging.Ended.CancelAsync();
        _logger.FaultEnded(fault.Id, (staging.EndsAt - staging.StartedAt).TotalSeconds);
    }

    private sealed class StagedRun(Fault fault, DateTimeOffset startedAt, DateTimeOffset endsAt)
    {
        public Fault Fault => fault;
        public DateTimeOffset StartedAt => startedAt;
        public DateTimeOffset EndsAt { get; set; } = endsAt;
        public bool IsOver { get; set; }
        public bool IsToldOver { get; set; }
        public CancellationTokenSource Ended { get; } = new();
        public Task Watch { get; set; } = Task.CompletedTask;
    }
}

/// <summary>The fault that ended the process from whose ashes this one rose, and when; null for a start like any other.</summary>
internal sealed record StoppedBefore(Fault? Fault, DateTimeOffset At);
