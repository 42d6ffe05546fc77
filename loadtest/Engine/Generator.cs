using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RedPacket.LoadTest.Engine;

/// <summary>
/// Makes the load: a number of connections, driven by one thread. It reads every answer before it sends the next request on that connection. One thread
/// is enough for some 100000 requests a second, and leaves the other cores to what is measured.
/// </summary>
internal sealed class Generator : IDisposable
{
    /// <summary>A request that is sent so long after it was due counts as late.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(10);

    /// <summary>How long an interrupted run waits for answers.</summary>
    public static readonly TimeSpan InterruptedGrace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(50);
    private readonly Epoll _epoll = new();
    private readonly Connection[] _connections;
    private readonly ConcurrentQueue<Connection> _opened = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Queue<Connection> _idle = new();
    private readonly List<(long Until, Connection Connection)> _resting = [];
    private readonly GeneratorLimits _limits;
    private int _busy;
    private int _down;

    private Generator(IReadOnlyList<EndPoint> targets, int connections, GeneratorLimits limits)
    {
        _limits = limits;
        _connections = [.. Enumerable.Range(0, connections).Select(n => new Connection(n, targets[n % targets.Count]))];
    }

    /// <summary>Opens all connections, spread over the targets in turn. Throws <see cref="SocketException"/> or <see cref="OperationCanceledException"/> when one cannot be opened.</summary>
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

    /// <summary>Asks for so long, or until there is nothing more to ask; then waits for what is under way. When stopped it waits for two seconds at most.</summary>
    public Task Run(RequestSource calls, Schedule schedule, TimeSpan duration, Meter meter, CancellationToken stop) =>
        Task.Factory.StartNew(() => Loop(new MeasuredInterval(calls, schedule, duration, meter, stop)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        _disposed.Cancel();
        foreach (var connection in _connections)
            connection.Dispose();
        _epoll.Dispose();
        _disposed.Dispose();
    }

    private void Loop(MeasuredInterval turn)
    {
        Span<int> ready = stackalloc int[256];
        turn.Begin();
        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            while (_opened.TryDequeue(out var connection))
                Readmit(connection);
            Issue(turn, now);
            if (turn.IsAsking && !turn.GoesOn(now))
                turn.StopAsking(now);
            if (now >= turn.NextLook)
                Look(turn, now);
            if (!turn.IsAsking && (_busy == 0 || now >= turn.GiveUpAt))
                break;
            var pause = Pause(turn, now);
            var from = Stopwatch.GetTimestamp();
            var count = _epoll.Wait(pause, ready);
            turn.NoteWaited(from);
            foreach (var number in ready[..count])
                Serve(turn, _connections[number]);
        }
        foreach (var connection in _connections.Where(connection => connection.IsBusy))
            Fail(turn, connection, "no answer before the end");
        turn.End();
    }

    /// <summary>Sends what is due, as far as there are connections for it.</summary>
    private void Issue(MeasuredInterval turn, long now)
    {
        if (turn.IsAsking && !turn.Schedule.IsClosed)
            turn.Drop(now, _limits.DropAfter);
        while (turn.IsAsking && turn.IsDue(now) && NextIdle() is { } connection && turn.Calls.TryNext(out var ask))
        {
            _idle.Dequeue();
            _busy++;
            if (!connection.Begin(ask, turn.Take(now), now, turn.Calls))
                Fail(turn, connection, "the connection was broken when the request was sent");
            else if (connection.WaitsForRoom)
                _epoll.Watch(connection.Socket!, connection.Number, forRoom: true);
        }
        turn.HadIdle = _idle.Count > 0;
    }

    /// <summary>The first that is free. One that the server closed while it was free is passed over; it comes again when it is open.</summary>
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

    private void Serve(MeasuredInterval turn, Connection connection)
    {
        if (connection.Socket is null)
            return;
        if (connection.WaitsForRoom)
        {
            if (!connection.Flush())
            {
                Fail(turn, connection, "the connection was broken while the request was sent");
                return;
            }
            if (!connection.WaitsForRoom)
                _epoll.Watch(connection.Socket, connection.Number, forRoom: false);
        }
        var count = connection.Receive();
        if (count == -1)
            return;
        if (!connection.IsBusy)
            Down(connection);
        else if (count <= 0)
            Fail(turn, connection, count == 0 ? "the connection was closed without an answer" : "the connection was broken before the answer");
        else
            Read(turn, connection);
    }

    private void Read(MeasuredInterval turn, Connection connection)
    {
        var reading = HttpAnswer.Read(connection.Received, out var answer, out var wrong);
        if (reading == ParseStatus.Incomplete)
            return;
        if (reading == ParseStatus.Malformed)
        {
            Fail(turn, connection, $"not an HTTP answer: {wrong}");
            return;
        }
        var now = Stopwatch.GetTimestamp();
        var effect = turn.Calls.Answered(connection.Ask, answer);
        turn.Meter.Note(effect.Outcome, connection.Due, connection.Sent, now);
        connection.Finish();
        _busy--;
        if (answer.Closes)
            Down(connection);
        else if (effect.Rest > TimeSpan.Zero)
            _resting.Add((now + Ticks(effect.Rest), connection));
        else
            _idle.Enqueue(connection);
        Issue(turn, now);
    }

    private void Fail(MeasuredInterval turn, Connection connection, string why)
    {
        turn.Calls.Unanswered(connection.Ask, why, connection.Received);
        turn.Meter.Note(RequestOutcome.Failed, connection.Due, connection.Sent, Stopwatch.GetTimestamp());
        _busy--;
        Down(connection);
    }

    /// <summary>What is looked at twenty times a second only.</summary>
    private void Look(MeasuredInterval turn, long now)
    {
        turn.NextLook = now + Ticks(s_lookEvery);
        turn.Meter.Tick(now);
        for (var i = _resting.Count - 1; i >= 0; i--)
        {
            if (_resting[i].Until > now)
                continue;
            _idle.Enqueue(_resting[i].Connection);
            _resting.RemoveAt(i);
        }
        foreach (var connection in _connections)
        {
            if (connection.IsBusy && now - connection.Sent > Ticks(_limits.AnswerWithin))
                Fail(turn, connection, $"no answer within {_limits.AnswerWithin.TotalSeconds:0.#} s");
        }
    }

    private long Pause(MeasuredInterval turn, long now)
    {
        var most = _down > 0 ? TimeSpan.FromMilliseconds(5) : s_lookEvery;
        var until = now + Ticks(most);
        if (turn.IsAsking && !turn.Schedule.IsClosed && _idle.Count > 0)
            until = Math.Min(until, turn.NextDue);
        return Math.Max(0, (until - now) * 1_000_000 / Stopwatch.Frequency);
    }

    private void Admit(Connection connection)
    {
        _epoll.Add(connection.Socket!, connection.Number);
        _idle.Enqueue(connection);
    }

    private void Readmit(Connection connection)
    {
        _down--;
        Admit(connection);
    }

    /// <summary>Closes it and has another opened, by another thread: a server that is away must not hold up the others.</summary>
    private void Down(Connection connection)
    {
        connection.Close();
        _down++;
        _ = Reopen(connection, _disposed.Token);
    }

    private async Task Reopen(Connection connection, CancellationToken gone)
    {
        while (!gone.IsCancellationRequested)
        {
            try
            {
                await Task.Run(() => connection.Open(s_connectLimit), gone);
                _opened.Enqueue(connection);
                return;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private static long Ticks(TimeSpan time) => MeasuredInterval.Ticks(time);
}
