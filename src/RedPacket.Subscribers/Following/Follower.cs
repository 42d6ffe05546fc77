using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using RedPacket.Messages;

namespace RedPacket.Subscribers.Following;

/// <summary>How a room starts, by the command line.</summary>
/// <param name="FromNow">A new store begins at the newest transfer, not at the first.</param>
/// <param name="Again">What the store holds is deleted, and made anew from the feed.</param>
internal sealed record RoomStart(bool FromNow = false, bool Again = false);

/// <summary>
/// Brings the ledger's transfers to one room. The feed has all of them, so it decides: a message only saves the time until
/// the next look. Any message may be lost, doubled, late or dropped.
/// </summary>
/// <param name="lookEvery">How often the feed is asked.</param>
internal sealed class Follower(
    RoomStore store, FeedClient feed, RoomStart start, TimeSpan lookEvery, TimeProvider clock, ILogger<Follower> logger) : IDisposable
{
    /// <summary>A start or a restart of the service is shorter, and is no news.</summary>
    private static readonly TimeSpan s_untilNews = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_untilOpen = TimeSpan.FromSeconds(10);

    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), clock, jitter: true);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _beginsAgain = start.Again;
    private bool _isAheadTold;
    private bool _isTold;
    private bool _isFeedAway;
    private long? _waitsSince;
    private long? _poison;
    private TimeSpan _pause;

    private string Name => store.Room.Name;

    /// <summary>The room as its readers see it: position, head and trouble.</summary>
    public RoomState State { get; private set; } = new(store.Room.Name, RoomState.Opening, null, null, null);

    /// <summary>Asks the feed again and again, until stopped. Nothing but the stop ends it.</summary>
    public Task Run(CancellationToken stopping) => new Loop(clock, _ => true, Failed).Run(() => _pause, Round, stopping);

    /// <summary>Catches up with the ledger.</summary>
    public Task Round(CancellationToken cancellation) => InTurn(async () =>
    {
        await Open(cancellation);
        await CatchUp(cancellation);
    }, cancellation);

    /// <summary>
    /// A message brings transfers. It waits a while until the store is open. While the room itself has trouble it takes none, because
    /// the feed has them too. The feed may be away meanwhile.
    /// </summary>
    public async Task Take(TransfersSettled message, CancellationToken cancellation)
    {
        // A message that is held for long would be taken away by the broker.
        await Task.WhenAny(_opened.Task, Task.Delay(s_untilOpen, clock, cancellation));
        if (!store.IsOpen || message.Ledger != 0 || (!_backoff.IsOver && !_isFeedAway))
            return;
        if (!IsWhole(message.Transfers, message.From) || message.Transfers[^1].Id != message.To)
        {
            logger.MessageIgnored(Name, message.From, message.To);
            return;
        }
        await InTurn(async () =>
        {
            var outcome = Apply(message.Transfers);
            if (outcome == TakeOutcome.Gap)
                await CatchUp(cancellation);
            else if (outcome != TakeOutcome.Ahead)
                Note(Math.Max(State.Head ?? 0, message.To));
        }, cancellation);
    }

    /// <summary>At its next round the room is made anew.</summary>
    public async Task BeginAgain()
    {
        await _turn.WaitAsync();
        (_beginsAgain, _isAheadTold) = (true, false);
        store.Close();
        State = new RoomState(Name, RoomState.Opening, null, null, null);
        _turn.Release();
    }

    public void Dispose() => _turn.Dispose();

    private async Task InTurn(Func<Task> work, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await work();
            Succeeded();
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            Failed(exception);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task Open(CancellationToken cancellation)
    {
        if (store.IsOpen)
            return;
        if (_beginsAgain)
            store.Delete();
        _beginsAgain = false;
        store.Open(start.FromNow ? await feed.Head(cancellation) : 0);
        _opened.TrySetResult();
        logger.RoomOpened(Name, store.Place, store.Position().Number);
    }

    private async Task CatchUp(CancellationToken cancellation)
    {
        TransfersPage page;
        do
        {
            var position = store.Position();
            page = await feed.Read(position.Number, cancellation);
            if (position.IsAhead || page.Head < position.Number)
            {
                StayAhead(position, page.Head);
                return;
            }
            if (page.Transfers.Count > 0 && !IsWhole(page.Transfers, position.Number + 1))
                throw new FeedException($"The feed has no transfer {position.Number + 1} where it should be");
            if (page.Transfers.Count > 0)
                Apply(page.Transfers);
            Note(page.Head);
        }
        while (page.Transfers.Count > 0 && page.Next < page.Head);
    }

    // The ledger may grow beyond the position again, with other transfers. So the store keeps what was seen.
    private void StayAhead(RoomPosition position, long head)
    {
        if (!position.IsAhead)
            store.MarkAhead();
        if (!_isAheadTold)
            logger.RoomIsAhead(Name, position.Number, head);
        _isAheadTold = true;
        State = new RoomState(Name, RoomState.Ahead, position.Number, head, "The ledger was restored. Build this subscriber again.");
    }

    // One by one, so that the room stops before the one that it cannot digest.
    private TakeOutcome Apply(IReadOnlyList<SettledTransfer> transfers)
    {
        try
        {
            return Take(transfers);
        }
        catch (PoisonMessageException) when (transfers.Count > 1)
        {
            foreach (var transfer in transfers)
                Take([transfer]);
            return TakeOutcome.Applied;
        }
    }

    private TakeOutcome Take(IReadOnlyList<SettledTransfer> transfers)
    {
        var begun = clock.GetUtcNow();
        return store.Take(transfers, applied => FollowedTransfers.Taken(Name, applied, begun));
    }

    private void Note(long head)
    {
        var number = store.Position().Number;
        State = new RoomState(Name, number < head ? RoomState.CatchingUp : RoomState.Following, number, head, null);
    }

    private void Succeeded()
    {
        if (_poison is { } transfer)
            logger.TransferDigested(Name, transfer);
        else if (_isTold)
            logger.RoomGoesOn(Name, clock.GetElapsedTime(_waitsSince!.Value).TotalSeconds);
        (_poison, _waitsSince, _isTold, _pause) = (null, null, false, lookEvery);
        _backoff.Reset();
    }

    private void Failed(Exception exception)
    {
        var pause = _backoff.Failed();
        _pause = (exception as FeedException)?.RetryAfter is { } asked && asked > pause ? asked : pause;
        _waitsSince ??= clock.GetTimestamp();
        _isFeedAway = exception is FeedException or HttpRequestException;
        var reason = (exception is FeedException ? exception : exception.GetBaseException()).Message;
        if (exception is PoisonMessageException poison)
        {
            if (_poison != poison.Transfer)
                logger.TransferFailed(Name, poison.Transfer, reason);
            _poison = poison.Transfer;
            var detail = $"Transfer {poison.Transfer}: {reason}";
            State = State with { State = RoomState.Stopped, Position = poison.Transfer - 1, Detail = detail };
            return;
        }
        State = State with { State = RoomState.Waiting, Detail = reason };
        var waited = clock.GetElapsedTime(_waitsSince.Value);
        if (_isTold || waited < s_untilNews)
            return;
        logger.RoomWaits(Name, waited.TotalSeconds, reason);
        _isTold = true;
    }

    private static bool IsWhole(IReadOnlyList<SettledTransfer>? transfers, long first) =>
        transfers is { Count: > 0 } && transfers.Index().All(each => each.Item?.Id == first + each.Index);
}
