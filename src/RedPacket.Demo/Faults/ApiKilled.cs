using System.Diagnostics;
using RedPacket.Hosting;

namespace RedPacket.Demo.Faults;

/// <summary>
/// The process dies, as by kill -9, after the next grab is granted and before it is answered. If nobody grabs, it dies
/// when the fault's time is over. Then it starts again.
/// </summary>
internal sealed class ApiKilled(ILogger<ApiKilled> logger, TimeProvider clock)
    : Fault, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    /// <summary>The fault's id, also for the process that starts afterwards.</summary>
    public const string Name = "api-killed";

    // Gives the operator's call time for its answer. A grab during that time would kill the process before it.
    private static readonly TimeSpan s_answerTime = TimeSpan.FromMilliseconds(500);
    private int _isDead;
    private ITimer? _arming;
    private IDisposable? _points;
    private IDisposable? _point;

    public override string Id => Name;

    public override FaultSeconds Seconds => new(1, 60, 5);

    public override string? UnavailableReason => ProcessRestart.UnavailableReason;

    protected override Task Start(TimeSpan duration, CancellationToken cancellation)
    {
        _isDead = 0;
        _arming = clock.CreateTimer(
            _ => _points = DiagnosticListener.AllListeners.Subscribe(this), null, s_answerTime, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public override async Task End(bool early)
    {
        if (_arming is { } arming)
            await arming.DisposeAsync();
        _points?.Dispose();
        _point?.Dispose();
        if (!early)
            Die();
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == CrashPoint.Source)
            _point = value.Subscribe(this, name => name == CrashPoint.GrabsGranted);
    }

    public void OnNext(KeyValuePair<string, object?> value) => Die();

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    // Flushes nothing: only Redis, the broker and the ledger keep what they have.
    private void Die()
    {
        if (Interlocked.Exchange(ref _isDead, 1) == 1)
            return;
        Console.Error.WriteLine("Killed by the fault api-killed, starting again");
        logger.RestartFailed(ProcessRestart.Restart(Name, clock.GetUtcNow()));
    }
}
