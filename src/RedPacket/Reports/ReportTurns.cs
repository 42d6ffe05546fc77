using System.Threading.Channels;

namespace RedPacket.Reports;

/// <summary>
/// The turns in which reports are computed. A report keeps about a core busy. After one under load its turn rests, so
/// that somebody who asks for one report after the other leaves the cores to the grabs. No report itself takes longer.
/// </summary>
internal sealed class ReportTurns
{
    /// <summary>
    /// In times of the report. A turn takes a tenth of a core. With two turns a single asker gets one report in five times
    /// its time.
    /// </summary>
    private const int Rest = 9;

    /// <summary>Longer than a person waits gladly, and enough for reports of some 50,000 open packets.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _clock;
    private readonly Channel<Turn> _turns = Channel.CreateUnbounded<Turn>();

    public ReportTurns(int atATime, TimeProvider clock)
    {
        _clock = clock;
        for (var i = 0; i < atATime; i++)
            _turns.Writer.TryWrite(default);
    }

    /// <summary>Computes when a turn is free and rested.</summary>
    /// <param name="isUnderLoad">True when others need the cores as well.</param>
    public async Task<T> Take<T>(Func<Task<T>> compute, Func<T, bool> isUnderLoad, CancellationToken cancellation)
    {
        var turn = await _turns.Reader.ReadAsync(cancellation);
        try
        {
            var rest = turn.Rest == TimeSpan.Zero ? TimeSpan.Zero : turn.Rest - _clock.GetElapsedTime(turn.Ended);
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest, _clock, cancellation);
            var started = _clock.GetTimestamp();
            var result = await compute();
            turn = isUnderLoad(result) ? After(_clock.GetElapsedTime(started)) : default;
            return result;
        }
        finally
        {
            _turns.Writer.TryWrite(turn);
        }
    }

    private Turn After(TimeSpan took) => new(_clock.GetTimestamp(), took * Rest < s_longest ? took * Rest : s_longest);

    private readonly record struct Turn(long Ended, TimeSpan Rest);
}
