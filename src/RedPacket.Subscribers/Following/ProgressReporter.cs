using RedPacket.Hosting;

namespace RedPacket.Subscribers.Following;

/// <summary>
/// Tells the service how far a room is and what it has counted, so that the consistency report can compare: once a second
/// while the room moves, every ten seconds while it rests.
/// </summary>
internal sealed class ProgressReporter(RoomStore store, FeedClient feed, TimeProvider clock, ILogger<ProgressReporter> logger)
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_atRest = TimeSpan.FromSeconds(10);

    /// <summary>The sums read all rows of a room. So they rest so many times as long as they took.</summary>
    private const int Rests = 19;

    private long? _reported;
    private DateTimeOffset _next;
    private string? _state;
    private string? _refusal;

    private string Name => store.Room.Name;

    /// <summary>Reports until stopped. A report that fails is made again later.</summary>
    public Task Run(CancellationToken stopping) => new Loop(clock, _ => true, Failed).Run(s_look, Round, stopping);

    /// <summary>Reports when it is time.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        if (!store.IsOpen)
            return;
        var position = store.Position();
        // A room that did not see the first transfers cannot have the ledger's sums.
        if (position.Origin > 0)
            Refuse("it began with --from now and has not seen all transfers");
        else if (clock.GetUtcNow() >= _next + (position.Number == _reported ? s_atRest - s_look : TimeSpan.Zero))
            await Report(cancellation);
    }

    private async Task Report(CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        var (position, sums) = store.Sums();
        var rest = clock.GetElapsedTime(began) * Rests;
        _next = clock.GetUtcNow() + (rest > s_look ? rest : s_look);
        if (await feed.Report(Name, new ProgressBody(position.Number, sums.Grabs, sums.GrantedFen), cancellation) is { } answer)
            Compare(position.Number, sums, answer);
        else
            Refuse("the service does not take it");
    }

    private void Compare(long position, GrabSums sums, ProgressAnswer answer)
    {
        const string drifted = "drifted";
        if (answer.State == drifted && _state != drifted)
            logger.RoomDrifted(Name, position, sums.Grabs, sums.GrantedFen, answer.LedgerGrabs, answer.LedgerGrantedFen);
        else if (answer.State != drifted && _state == drifted)
            logger.RoomAgrees(Name);
        (_state, _refusal, _reported) = (answer.State, null, position);
    }

    // The follower says whether the service is away.
    private void Failed(Exception exception)
    {
        _next = clock.GetUtcNow() + s_atRest;
        if (exception is FeedException { RetryAfter: null })
            Refuse(exception.Message);
    }

    private void Refuse(string reason)
    {
        if (_refusal != reason)
            logger.ProgressNotReported(Name, reason);
        (_refusal, _next) = (reason, clock.GetUtcNow() + s_atRest);
    }
}
