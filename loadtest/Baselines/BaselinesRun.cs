using System.Net.Sockets;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>The usual ways and ours by turns (a b c a b c), so that all meet the same machine; then, if wanted, with the broker killed.</summary>
internal sealed class BaselinesRun(BaselinesOptions options, Action<string> say, TimeProvider clock, CancellationToken stop) : IAsyncDisposable
{
    private readonly BaselineTally[] _tallies = [.. options.Only.Select(letter => new BaselineTally(letter, Baseline.All.Single(way => way.Letter == letter).Name))];
    private RabbitServer? _rabbit;

    /// <summary>Runs it all. Throws <see cref="TargetException"/> with what to do when a part does not start.</summary>
    public async Task<BaselinesDocument> Execute()
    {
        ServerProcess.Apart = true;
        var startedAt = clock.GetUtcNow();
        try
        {
            await TakeTurns();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            say("interrupted");
        }
        catch (Exception exception) when (exception is ServerMissingException or InvalidOperationException or TimeoutException or SocketException)
        {
            throw new TargetException($"The comparison cannot go on: {exception.Message}");
        }
        return new BaselinesDocument(1, startedAt, options.Command, Machine.Here(), options.Duration.TotalSeconds, options.Packets, options.Connections, stop.IsCancellationRequested,
            [.. _tallies.Select(tally => tally.Result())]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
        _rabbit = null;
    }

    private async Task TakeTurns()
    {
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var tally in _tallies)
                tally.Add(await Turn(tally, round, kill: false, tally.Meter));
        }
        foreach (var tally in _tallies.Where(tally => options.KillBroker && Baseline.HasBroker(tally.Letter)))
            tally.AddKilled(await Turn(tally, options.Rounds + 1, kill: true, new Meter(TimeSpan.FromSeconds(1))));
    }

    private async Task<IntervalFacts> Turn(BaselineTally tally, int round, bool kill, Meter meter)
    {
        stop.ThrowIfCancellationRequested();
        say($"({tally.Letter}) {(kill ? "broker killed" : $"turn {round} of {options.Rounds}")}");
        if (Baseline.HasBroker(tally.Letter) && _rabbit is null)
        {
            _rabbit = new RabbitServer();
            await _rabbit.Start();
        }
        var turn = await new BaselineInterval(options, tally.Letter, round, Baseline.HasBroker(tally.Letter) ? _rabbit : null, kill, stop).Run(meter);
        say($"({tally.Letter}) {Format.Number(turn.Answers)} answers, {turn.Loss}; {turn.Books}");
        // What is still in its queues would be the next turn's burden.
        if (!turn.Loss.Complete)
            await DisposeAsync();
        return turn;
    }
}
