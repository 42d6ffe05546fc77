using Microsoft.Extensions.Options;

namespace RedPacket.Feed;

/// <summary>
/// Shares <see cref="FeedOptions.RowsPerSecond"/> among all readers of this process. A page waits until the rows before
/// it have had their time, so a reader of a new transfer never waits behind more than the pages under way.
/// </summary>
internal sealed class FeedPace(IOptions<FeedOptions> options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private long _freeAt;

    /// <summary>Waits for the turn of a page of so many rows at most.</summary>
    public async Task Turn(int rows, CancellationToken cancellation)
    {
        TimeSpan pause;
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            var begins = Math.Max(now, _freeAt);
            pause = clock.GetElapsedTime(now, begins);
            _freeAt = begins + Time(rows);
        }
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, clock, cancellation);
    }

    /// <summary>Gives back the time of rows that the page did not have.</summary>
    public void Unused(int rows)
    {
        lock (_lock)
            _freeAt -= Time(rows);
    }

    private long Time(int rows) => rows * clock.TimestampFrequency / options.Value.RowsPerSecond;
}
