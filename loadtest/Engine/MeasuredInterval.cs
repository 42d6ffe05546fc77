using System.Diagnostics;

namespace RedPacket.LoadTest.Engine;

/// <summary>One stretch of asking: what is due, and when it is over.</summary>
internal sealed class MeasuredInterval(RequestSource calls, Schedule schedule, TimeSpan duration, Meter meter, CancellationToken stop)
{
    private long _start;
    private long _end;
    private long _next;
    private long _waited;
    private long _askedUntil;

    public RequestSource Calls => calls;
    public Schedule Schedule => schedule;
    public Meter Meter => meter;
    public bool IsAsking { get; private set; } = true;
    public long NextLook { get; set; }
    public long GiveUpAt { get; private set; }

    /// <summary>A connection was free after the last look at what is due.</summary>
    public bool HadIdle { get; set; } = true;

    public long NextDue => _start + schedule.Due(_next);

    public void Begin()
    {
        _start = Stopwatch.GetTimestamp();
        _end = _start + Ticks(duration);
        meter.Begin(_start);
    }

    public bool GoesOn(long now) => now < _end && !stop.IsCancellationRequested && !calls.IsDone;

    /// <summary>What is due before the end is sent even when that is noticed a little later.</summary>
    public bool IsDue(long now) => schedule.IsClosed ? now < _end : NextDue <= Math.Min(now, _end - 1);

    /// <summary>Counts the next one as asked, and says when it was due.</summary>
    public long Take(long now)
    {
        if (schedule.IsClosed)
            return now;
        var due = NextDue;
        _next++;
        if (now - due > Ticks(Generator.LateAfter))
            meter.NoteLate(HadIdle);
        return due;
    }

    /// <summary>Gives up what has been due for too long.</summary>
    public void Drop(long now, TimeSpan after)
    {
        var last = schedule.DueBefore(Math.Min(now - Ticks(after), _end) - _start);
        if (last <= _next)
            return;
        meter.NoteDropped(last - _next);
        _next = last;
    }

    public void StopAsking(long now)
    {
        IsAsking = false;
        _askedUntil = now;
        GiveUpAt = now + Ticks(stop.IsCancellationRequested ? Generator.InterruptedGrace : TimeSpan.FromSeconds(10));
        var due = schedule.DueBefore(Math.Min(now, _end) - _start);
        if (due > _next)
            meter.NoteDropped(due - _next);
    }

    public void NoteWaited(long from)
    {
        if (IsAsking)
            _waited += Stopwatch.GetTimestamp() - from;
    }

    public void End() => meter.End(_askedUntil, _askedUntil - _start - _waited);

    public static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
