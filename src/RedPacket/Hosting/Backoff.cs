namespace RedPacket.Hosting;

/// <summary>
/// Pauses between attempts that fail: each is twice as long as the one before, from the first up to the longest.
/// One caller at a time reports attempts. Any thread may ask whether the pause is over.
/// </summary>
/// <param name="jitter">Shortens each pause at random by up to a half, so that several processes do not come back in
/// step.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, TimeProvider clock, bool jitter = false)
{
    private int _failures;
    private long _overAt;

    /// <summary>True when the last pause is over, or none has begun.</summary>
    public bool IsOver => clock.GetUtcNow().UtcTicks >= Volatile.Read(ref _overAt);

    /// <summary>An attempt failed. Begins the next pause, and returns its length.</summary>
    public TimeSpan Failed()
    {
        var pause = Doubled(first, _failures++, longest);
        if (jitter)
            pause *= 0.5 + (Random.Shared.NextDouble() / 2);
        Volatile.Write(ref _overAt, (clock.GetUtcNow() + pause).UtcTicks);
        return pause;
    }

    /// <summary>An attempt failed. Waits for the next pause.</summary>
    public Task Wait(CancellationToken cancellation) => Task.Delay(Failed(), clock, cancellation);

    /// <summary>An attempt succeeded, so the next pause is the first again.</summary>
    public void Reset()
    {
        _failures = 0;
        Volatile.Write(ref _overAt, 0);
    }

    /// <summary>A pause, doubled so many times, but no longer than the longest.</summary>
    public static TimeSpan Doubled(TimeSpan pause, int times, TimeSpan longest) =>
        TimeSpan.FromTicks((long)Math.Min(pause.Ticks * Math.Pow(2, times), longest.Ticks));
}
