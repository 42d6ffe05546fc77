using System.Diagnostics;

namespace RedPacket.LoadTest.Engine;

/// <summary>One interval of sending. It knows which requests are due, and when sending ends.</summary>
internal sealed class MeasuredInterval(RequestSource requests, Schedule schedule, TimeSpan duration, Meter meter,
    CancellationToken stop)
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);
    private long _start;
    private long _end;
    private long _next;
    private long _waited;
    private long _stoppedAt;

    public RequestSource Requests => requests;

    public Schedule Schedule => schedule;

    public Meter Meter => meter;

    public bool IsSending { get; private set; } = true;

    public long NextCheck { get; set; }

    /// <summary>Requests without an answer by then fail.</summary>
    public long GiveUpAt { get; private set; }

    /// <summary>A connection was free after the last attempt to send.</summary>
    public bool HadIdle { get; set; } = true;

    public long NextDue => _start + schedule.Due(_next);

    public void Begin()
    {
        _start = Stopwatch.GetTimestamp();
        _end = _start + Ticks(duration);
        meter.Begin(_start);
    }

    public bool ShouldContinue(long now) => now < _end && !stop.IsCancellationRequested && !requests.IsDone;

    /// <summary>A request due before the end is sent even when the generator notices it later.</summary>
    public bool IsDue(long now) => schedule.IsClosed ? now < _end : NextDue <= Math.Min(now, _end - 1);

    /// <summary>Counts the next request as sent, and returns when it was due.</summary>
    public long TakeDue(long now)
    {
        if (schedule.IsClosed)
            return now;
        var due = NextDue;
        _next++;
        if (now - due > Ticks(Generator.LateAfter))
            meter.NoteLate(HadIdle);
        return due;
    }

    /// <summary>Drops the requests that have been due for too long.</summary>
    public void Drop(long now, TimeSpan after)
    {
        var last = schedule.DueBefore(Math.Min(now - Ticks(after), _end) - _start);
        if (last <= _next)
            return;
        meter.NoteDropped(last - _next);
        _next = last;
    }

    public void StopSending(long now)
    {
        IsSending = false;
        _stoppedAt = now;
        GiveUpAt = now + Ticks(stop.IsCancellationRequested ? Generator.InterruptedGrace : s_grace);
        var due = schedule.DueBefore(Math.Min(now, _end) - _start);
        if (due > _next)
            meter.NoteDropped(due - _next);
    }

    /// <summary>Counts the time since <paramref name="from"/> as idle time of the generator.</summary>
    public void AddWait(long from)
    {
        if (IsSending)
            _waited += Stopwatch.GetTimestamp() - from;
    }

    public void End() => meter.End(_stoppedAt, _stoppedAt - _start - _waited);

    public static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
