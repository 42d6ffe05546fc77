using RedPacket.Hosting;
using System.Diagnostics;

namespace RedPacket.Demo.Faults;

/// <summary>
/// The process dies as by kill -9 where grabs are granted and nobody has been told, at the next that comes once the operator has been answered; or, when nobody
/// grabs, at the end of its time. It starts again by itself.
/// </summary>
internal sealed class ApiKilled(ILogger<ApiKilled> logger, TimeProvider clock) : Fault, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    /// <summary>Its name, for the process that comes after.</summary>
    public const string Name = "api-killed";
    // Whoever asked for it is told first: a grab in that moment would take the answer with it.
    private static readonly TimeSpan s_forTheAnswer = TimeSpan.FromMilliseconds(500);
    private int _dead;
    private ITimer? _arming;
    private IDisposable? _points;
    private IDisposable? _point;

    public override string Id => Name;

    public override FaultSeconds Seconds => new(1, 60, 5);

    public override string? WhyNot => ProcessRestart.WhyNot;

    protected override Task Start(TimeSpan lasts, CancellationToken cancellation)
    {
        _dead = 0;
        _arming = clock.CreateTimer(_ => _points = DiagnosticListener.AllListeners.Subscribe(this), null, s_forTheAnswer, Timeout.InfiniteTimeSpan);
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

    // Nothing is flushed, nobody is told: what is not in Redis, in the broker or in the ledger now is gone.
    private void Die()
    {
        if (Interlocked.Exchange(ref _dead, 1) == 1)
            return;
        Console.Error.WriteLine("Died by /demo/faults, and starts again");
        logger.NotReborn(ProcessRestart.InPlace(Name, clock.GetUtcNow()));
    }
}
