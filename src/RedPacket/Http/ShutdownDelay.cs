using Microsoft.Extensions.Options;

namespace RedPacket.Http;

/// <summary>
/// A stop in good order: readiness turns red, the process still serves for <see cref="HttpOptions.DrainDelay"/>, then
/// it stops listening.
/// </summary>
internal sealed class ShutdownDelay(
    IOptions<HttpOptions> options, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<ShutdownDelay> logger)
    : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Readiness follows the lifetime. A stop by code comes here before the lifetime knows of it, so it is told
        // first; twice does no harm.
        lifetime.StopApplication();
        logger.StopRequested(options.Value.DrainDelay);
        return Task.Delay(options.Value.DrainDelay, clock, cancellationToken)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
