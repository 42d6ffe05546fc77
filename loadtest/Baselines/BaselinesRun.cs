using System.Net.Sockets;
using RedPacket.LoadTest.Engine;
using RedPacket.LoadTest.Report;
using RedPacket.LoadTest.Target;
using RedPacket.Servers;

namespace RedPacket.LoadTest.Baselines;

/// <summary>Measures the ways alternately, so that all meet the same machine load.</summary>
internal sealed class BaselinesRun(BaselinesOptions options, Action<string> say, TimeProvider clock, CancellationToken stop)
    : IAsyncDisposable
{
    private readonly BaselineTally[] _tallies = [.. options.Only.Select(way => new BaselineTally(way))];

    private RabbitServer? _rabbit;
    private PostgresServer? _postgres;

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
            2, startedAt, options.Command, Machine.Here(), options.Duration.TotalSeconds, options.Packets,
            options.Shares, options.Connections,
            stop.IsCancellationRequested, [.. _tallies.Select(tally => tally.Result())]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        (_rabbit, _postgres) = (null, null);
    }

    private async Task MeasureRounds()
    {
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var tally in _tallies)
                tally.Add(await Measure(tally.Way, round, null, tally.Meter));
        }
        foreach (var victim in options.Kill)
        {
            foreach (var tally in _tallies.Where(tally => tally.Way.Has(victim)))
                tally.AddKilled(victim, await Measure(tally.Way, options.Rounds + 1, victim, new Meter(TimeSpan.FromSeconds(1))));
        }
    }

    private async Task<IntervalFacts> Measure(Way way, int round, Victim? victim, Meter meter)
    {
        stop.ThrowIfCancellationRequested();
        say($"{way.Name}: {(victim is { } killed ? $"{BaselinesTable.NameOf(killed)} killed" : $"round {round} of {options.Rounds}")}");
        await using var redis = way.HasRedis ? new RedisServer("everysec") : null;
        if (redis is not null)
            await redis.Start();
        var interval = await new BaselineInterval(options, way, round, await Servers(way, redis), victim, stop).Run(meter);
        say($"{way.Name}: {Format.Number(interval.Answers)} answers, {interval.Loss}, {interval.LedgerState}");
        // Messages left in the queue would slow the next interval.
        if (!interval.Loss.Complete)
            await DisposeAsync();
        return interval;
    }

    private async Task<WayServers> Servers(Way way, RedisServer? redis)
    {
        if (way.HasBroker && _rabbit is null)
        {
            _rabbit = new RabbitServer();
            await _rabbit.Start();
        }
        if (way.HasPostgres && _postgres is null)
        {
            // More memory than a test's database has, as on a server of its own.
            _postgres = new PostgresServer { Settings = ["shared_buffers=512MB", "max_wal_size=2GB", "max_connections=300"] };
            await _postgres.Start();
        }
        return new WayServers(redis, way.HasBroker ? _rabbit : null, way.HasPostgres ? _postgres : null,
            way.HasPostgres ? await _postgres!.NewDatabase() : null);
    }
}
