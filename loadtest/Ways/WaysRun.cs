using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Ways;

/// <summary>Measures the ways alternately, so that all meet the same machine load.</summary>
internal sealed class WaysRun(WaysOptions options, Action<string> say, TimeProvider clock, CancellationToken stop)
{
    private readonly WayTally[] _tallies = [.. options.Only.Select(way => new WayTally(way))];

    /// <summary>Runs the comparison. The result of a way says what went wrong with it.</summary>
    public async Task<WaysDocument> Execute()
    {
        ServerProcess.Apart = true;
        var startedAt = clock.GetUtcNow();
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var tally in _tallies)
                await Measure(tally, round, null);
        }
        foreach (var victim in options.Kill)
        {
            foreach (var tally in _tallies.Where(tally => tally.Way.Has(victim)))
                await Measure(tally, options.Rounds + 1, victim);
        }
        return new WaysDocument(
            2, startedAt, options.Command, Machine.Here(), options.Duration.TotalSeconds, options.Packets, options.Shares,
            options.Connections, options.Fsync, stop.IsCancellationRequested, [.. _tallies.Select(tally => tally.Result())]);
    }

    private async Task Measure(WayTally tally, int round, Victim? victim)
    {
        if (stop.IsCancellationRequested)
            return;
        var (way, what) = (tally.Way, victim is { } one ? $"{WaysTable.NameOf(one)} killed" : $"round {round} of {options.Rounds}");
        say($"{way.Name}: {what}");
        try
        {
            await using var servers = await WayServers.Start(way, options.Fsync);
            var meter = victim is null ? tally.Meter : new Meter(TimeSpan.FromSeconds(1));
            var interval = await new WayInterval(options, way, round, servers, victim, stop).Run(meter);
            if (stop.IsCancellationRequested)
                return;
            tally.Add(victim, interval, meter);
            say($"{way.Name}: {Format.Number(interval.Won)} won, {interval.Loss}, {interval.LedgerState}");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            say("interrupted");
        }
        catch (Exception exception)
        {
            // The others are measured all the same.
            tally.Error = $"{what}: {exception.Message}";
            say($"{way.Name}: {exception.Message}");
        }
    }
}
