using System.Net.Sockets;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>
/// Measures the baselines and RedPacket alternately (a b c a b c), so that all meet the same machine load.
/// </summary>
internal sealed class BaselinesRun(BaselinesOptions options, Action<string> say, TimeProvider clock, CancellationToken stop)
    : IAsyncDisposable
{
    private readonly BaselineTally[] _tallies = [.. options.Only.Select(letter =>
        new BaselineTally(letter, Baseline.All.Single(baseline => baseline.Letter == letter).Name))];

    private RabbitServer? _rabbit;

    /// <summary>Runs the comparison.</summary>
    /// <exception cref="TargetException">A program did not start.</exception>
    public async Task<BaselinesDocument> Execute()
    {
        ServerProcess.Apart = true;
        var startedAt = clock.GetUtcNow();
        try
        {
            await MeasureRounds();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            say("interrupted");
        }
        catch (Exception exception)
            when (exception is ServerMissingException or InvalidOperationException or TimeoutException or SocketException)
        {
            throw new TargetException($"The comparison failed: {exception.Message}");
        }
        return new BaselinesDocument(
            1, startedAt, options.Command, Machine.Here(), options.Duration.TotalSeconds, options.Packets, options.Connections,
            stop.IsCancellationRequested, [.. _tallies.Select(tally => tally.Result())]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
        _rabbit = null;
    }

    private async Task MeasureRounds()
    {
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var tally in _tallies)
                tally.Add(await Measure(tally, round, kill: false, tally.Meter));
        }
        foreach (var tally in _tallies.Where(tally => options.KillBroker && Baseline.HasBroker(tally.Letter)))
            tally.AddKilled(await Measure(tally, options.Rounds + 1, kill: true, new Meter(TimeSpan.FromSeconds(1))));
    }

    private async Task<IntervalFacts> Measure(BaselineTally tally, int round, bool kill, Meter meter)
    {
        stop.ThrowIfCancellationRequested();
        say($"({tally.Letter}) {(kill ? "broker killed" : $"round {round} of {options.Rounds}")}");
        var hasBroker = Baseline.HasBroker(tally.Letter);
        if (hasBroker && _rabbit is null)
        {
            _rabbit = new RabbitServer();
            await _rabbit.Start();
        }
        var interval = await new BaselineInterval(options, tally.Letter, round, hasBroker ? _rabbit : null, kill, stop).Run(meter);
        say($"({tally.Letter}) {Format.Number(interval.Answers)} answers, {interval.Loss}, {interval.LedgerState}");
        // Messages left in the queue would slow the next interval.
        if (!interval.Loss.Complete)
            await DisposeAsync();
        return interval;
    }
}
