namespace RedPacket.Hosting;

/// <summary>The work of a background service: a round, a pause, and again until the service stops.</summary>
/// <param name="isOutage">
/// True for an exception after which the next round may succeed. Any other ends the loop, and with it the program.
/// </param>
/// <param name="postponed">Logs such an exception.</param>
internal sealed class Loop(TimeProvider clock, Func<Exception, bool> isOutage, Action<Exception> postponed)
{
    /// <summary>Runs rounds until stopped. Returns without an exception then.</summary>
    public Task Run(TimeSpan pause, Func<CancellationToken, Task> round, CancellationToken stopping) =>
        Run(() => pause, round, stopping);

    /// <summary>The same with a pause that is chosen after each round.</summary>
    public async Task Run(Func<TimeSpan> pause, Func<CancellationToken, Task> round, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await round(stopping);
            }
            // Any exception: at a stop the services that a round uses may be disposed already.
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (isOutage(exception))
            {
                postponed(exception);
            }
            await Pause(pause(), stopping);
        }
    }

    /// <summary>Waits. Returns early, without an exception, when stopped.</summary>
    public async Task Pause(TimeSpan pause, CancellationToken stopping) =>
        await Task.Delay(pause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
