using RedPacket.Operations;
using Microsoft.Extensions.Options;

namespace RedPacket.Http;

/// <summary>A stop in good order: readiness turns red with ApplicationStopping; the door stays open for <see cref="HttpOptions.DrainDelay"/>; then it closes.</summary>
internal sealed class ShutdownDelay(IOptions<HttpOptions> options, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<ShutdownDelay> logger) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Red first: a stop by code comes here before the lifetime is told, one by signal after it. Told twice is told once.
        lifetime.StopApplication();
        OperationsLog.Drained(logger, options.Value.DrainDelay);
        return Task.Delay(options.Value.DrainDelay, clock, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
