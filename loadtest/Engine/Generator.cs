using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// Makes the load with many connections on one thread. Each connection reads its answer before it sends the next
/// request. One thread makes about 100000 requests a second, and leaves the other cores to the service.
/// </summary>
internal sealed class Generator : IDisposable
{
    /// <summary>A request sent later than this after it was due counts as late.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(10);

    /// <summary>How long an interrupted run waits for its last answers.</summary>
    public static readonly TimeSpan InterruptedGrace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_checkEvery = TimeSpan.FromMilliseconds(50);
    private readonly Epoll _epoll = new();
    private readonly Connection[] _connections;
    private readonly Reconnector _reconnector = new(s_connectLimit);
    private readonly Queue<Connection> _idle = new();
    private readonly List<(long Until, Connection Connection)> _pausing = [];
    private readonly GeneratorLimits _limits;
    private int _busy;

    private Generator(IReadOnlyList<EndPoint> targets, int connections, GeneratorLimits limits)
    {
        _limits = limits;
        _connections = [.. Enumerable.Range(0, connections).Select(n => new Connection(n, targets[n % targets.Count]))];
    }

    /// <summary>Opens all connections, spread evenly over the targets.</summary>
    /// <exception cref="SocketException">A connection cannot be opened.</exception>
    /// <exception cref="OperationCanceledException">A connection is not open within 5 s.</exception>
    public static async Task<Generator> Open(IReadOnlyList<EndPoint> targets, int connections, GeneratorLimits limits)
    {
        var generator = new Generator(targets, connections, limits);
        try
        {
            foreach (var batch in generator._connections.Chunk(64))
                await Task.WhenAll(batch.Select(connection => connection.Open(s_connectLimit)));
            foreach (var connection in generator._connections)
                generator.Admit(connection);
            return generator;
        }
        catch
        {
            generator.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Sends requests for the duration, or until the source is done. Then waits for the answers in flight, for at most
    /// 2 s when stopped.
    /// </summary>
    public Task Run(RequestSource requests, Schedule schedule, TimeSpan duration, Meter meter, CancellationToken stop)
    {
        var interval = new MeasuredInterval(requests, schedule, duration, meter, stop);
        return Task.Factory.StartNew(() => Loop(interval), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public void Dispose()
    {
        _reconnector.Dispose();
        foreach (var connection in _connections)
            connection.Dispose();
        _epoll.Dispose();
    }

    private void Loop(MeasuredInterval interval)
    {
        Span<int> ready = stackalloc int[256];
        interval.Begin();
        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            while (_reconnector.TryTake(out var connection))
                Admit(connection);
            SendDue(interval, now);
            if (interval.IsSending && !interval.ShouldContinue(now))
                interval.StopSending(now);
            if (now >= interval.NextCheck)
                Check(interval, now);
            if (!interval.IsSending && (_busy == 0 || now >= interval.GiveUpAt))
                break;
            var pause = Pause(interval, now);
            var from = Stopwatch.GetTimestamp();
            var count = _epoll.Wait(pause, ready);
            interval.AddWait(from);
            foreach (var number in ready[..count])
                Handle(interval, _connections[number]);
        }
        foreach (var connection in _connections.Where(connection => connection.IsBusy))
            Fail(interval, connection, "no answer before the end of the run");
        interval.End();
    }

    /// <summary>Sends the requests that are due, while connections are free.</summary>
    private void SendDue(MeasuredInterval interval, long now)
    {
        if (interval.IsSending && !interval.Schedule.IsClosed)
            interval.Drop(now, _limits.DropAfter);
        while (interval.IsSending && interval.IsDue(now) && NextIdle() is { } connection && interval.Requests.TryNext(out var request))
        {
            _idle.Dequeue();
            _busy++;
            if (!connection.Begin(request, interval.TakeDue(now), now, interval.Requests))
                Fail(interval, connection, "the connection was broken when the request was sent");
            else if (connection.WaitsForRoom)
                _epoll.Watch(connection.Socket!, connection.Number, forRoom: true);
        }
        interval.HadIdle = _idle.Count > 0;
    }

    /// <summary>
    /// Returns the first free connection. Skips one that the server closed: it is queued again once it is open.
    /// </summary>
    private Connection? NextIdle()
    {
        while (_idle.TryPeek(out var connection))
        {
            if (connection is { Socket: not null, IsBusy: false })
                return connection;
            _idle.Dequeue();
        }
        return null;
    }

    private void Handle(MeasuredInterval interval, Connection connection)
    {
        if (connection.Socket is null)
            return;
        if (connection.WaitsForRoom)
        {
            if (!connection.Flush())
            {
                Fail(interval, connection, "the connection was broken while the request was sent");
                return;
            }
            if (!connection.WaitsForRoom)
                _epoll.Watch(connection.Socket, connection.Number, forRoom: false);
        }
        var count = connection.Receive();
        if (count == -1)
            return;
        if (!connection.IsBusy)
            _reconnector.Reconnect(connection);
        else if (count <= 0)
            Fail(interval, connection, $"the connection was {(count == 0 ? "closed without an" : "broken before the")} answer");
        else
            ReadAnswer(interval, connection);
    }

    private void ReadAnswer(MeasuredInterval interval, Connection connection)
    {
        var status = HttpAnswer.Read(connection.Received, out var answer, out var error);
        if (status == ParseStatus.Incomplete)
            return;
        if (status == ParseStatus.Malformed)
        {
            Fail(interval, connection, $"not an HTTP answer: {error}");
            return;
        }
        var now = Stopwatch.GetTimestamp();
        var effect = interval.Requests.Answered(connection.Request, answer);
        interval.Meter.Note(effect.Outcome, connection.Due, connection.Sent, now);
        connection.Finish();
        _busy--;
        if (answer.Closes)
            _reconnector.Reconnect(connection);
        else if (effect.Pause > TimeSpan.Zero)
            _pausing.Add((now + Ticks(effect.Pause), connection));
        else
            _idle.Enqueue(connection);
        SendDue(interval, now);
    }

    private void Fail(MeasuredInterval interval, Connection connection, string reason)
    {
        interval.Requests.Unanswered(connection.Request, reason, connection.Received);
        interval.Meter.Note(RequestOutcome.Failed, connection.Due, connection.Sent, Stopwatch.GetTimestamp());
        _busy--;
        _reconnector.Reconnect(connection);
    }

    /// <summary>Checks pauses and time limits, 20 times a second.</summary>
    private void Check(MeasuredInterval interval, long now)
    {
        interval.NextCheck = now + Ticks(s_checkEvery);
        interval.Meter.Tick(now);
        for (var i = _pausing.Count - 1; i >= 0; i--)
        {
            if (_pausing[i].Until > now)
                continue;
            _idle.Enqueue(_pausing[i].Connection);
            _pausing.RemoveAt(i);
        }
        foreach (var connection in _connections)
        {
            if (connection.IsBusy && now - connection.Sent > Ticks(_limits.AnswerWithin))
                Fail(interval, connection, $"no answer within {_limits.AnswerWithin.TotalSeconds:0.#} s");
        }
    }

    private long Pause(MeasuredInterval interval, long now)
    {
        var most = _reconnector.Pending > 0 ? TimeSpan.FromMilliseconds(5) : s_checkEvery;
        var until = now + Ticks(most);
        if (interval.IsSending && !interval.Schedule.IsClosed && _idle.Count > 0)
            until = Math.Min(until, interval.NextDue);
        return Math.Max(0, (until - now) * 1_000_000 / Stopwatch.Frequency);
    }

    private void Admit(Connection connection)
    {
        _epoll.Add(connection.Socket!, connection.Number);
        _idle.Enqueue(connection);
    }

    private static long Ticks(TimeSpan time) => MeasuredInterval.Ticks(time);
}
