using Microsoft.Extensions.Options;
using RedPacket.Ledger.Pauses;
using RedPacket.Ledger.Writing;

namespace RedPacket.Ledger;

/// <summary>
/// The only writer of the ledger, on its own thread. It opens the ledger and upgrades its schema in the background, and
/// keeps trying while that fails: callers with chunks simply wait. Chunks that wait together are merged into one
/// transaction.
/// </summary>
internal sealed partial class Journal : IDisposable
{
    /// <summary>How often an idle writer checks whether its ledger is still there.</summary>
    private static readonly TimeSpan s_idleCheck = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_stopWithin = TimeSpan.FromSeconds(1);

    private readonly LedgerOptions _options;
    private readonly TimeProvider _clock;
    private readonly LedgerWriter _ledger;
    private readonly ChunkWriter _writer;
    private readonly LedgerWatch _watch;
    private readonly PauseWatch _pauses;
    private readonly JournalQueue _queue = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _thread;
    private int _waiting;

    public Journal(IOptions<LedgerOptions> options, LedgerCreation creation, TimeProvider clock,
        ILogger<Journal> logger)
    {
        _options = options.Value;
        _clock = clock;
        _ledger = LedgerProvider.Of(_options).Writer(_options, creation, clock, logger);
        _writer = new ChunkWriter(_ledger, clock, logger);
        _watch = new LedgerWatch(_options, clock, logger);
        _pauses = new PauseWatch(_ledger, clock, logger);
        _thread = new Thread(Work) { IsBackground = true, Name = "ledger" };
    }

    /// <summary>How the ledger is; may be asked from any thread, at any time.</summary>
    public LedgerState State
    {
        get
        {
            var status = _watch.Current;
            return new LedgerState(
                status.Up, status.DownSince, status.Reason, Volatile.Read(ref _waiting), _writer.Recorded, _pauses.Current);
        }
    }

    /// <summary>Starts the thread. Called once, by the host.</summary>
    public void Start() => _thread.Start();

    /// <summary>
    /// Enqueues a chunk. The answer has one outcome per line and comes only when all of it is durable. Any number of
    /// callers. During an outage it waits until the ledger is back or the caller cancels, and so during a pause of
    /// settlement. A cancelled chunk may still be recorded.
    /// </summary>
    public async Task<RecordOutcome[]> Enqueue(Chunk chunk, CancellationToken cancellation) =>
        (await EnqueueWithMark(chunk, cancellation)).Outcomes;

    /// <summary>The same for a caller who lets Redis forget what was recorded, and tells it the mark.</summary>
    public async Task<RecordedChunk> EnqueueWithMark(Chunk chunk, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<RecordedChunk>(TaskCreationOptions.RunContinuationsAsynchronously);
        var pending = new PendingChunk(chunk, answer);
        using var registration = cancellation.UnsafeRegister(_ => pending.Answer.TrySetCanceled(cancellation), null);
        Interlocked.Increment(ref _waiting);
        try
        {
            _queue.Add(pending);
            return await pending.Answer.Task;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>
    /// Executes other writing on the writer's thread, in one transaction: committed when the work returns, rolled back
    /// when it throws. Its exception goes to the caller. Returns the mark of the transaction.
    /// </summary>
    /// <exception cref="LedgerUnavailableException">
    /// The ledger is away; nothing was done. Unlike <see cref="Enqueue"/>, this does not wait.
    /// </exception>
    public async Task<LedgerMark> Execute(Action<LedgerTransaction> work, CancellationToken cancellation)
    {
        var pending = new PendingWork(work, new TaskCompletionSource<LedgerMark>(TaskCreationOptions.RunContinuationsAsynchronously));
        using var registration = cancellation.UnsafeRegister(_ => pending.Answer.TrySetCanceled(cancellation), null);
        _queue.Add(pending);
        return await pending.Answer.Task;
    }

    /// <summary>
    /// Ends the thread after the transaction it is in. Chunks and work that still wait are cancelled; the chunks come
    /// again.
    /// </summary>
    public void Dispose()
    {
        if (_stopping.IsCancellationRequested)
            return;
        _stopping.Cancel();
        _queue.Close();
        // A server that is silent may keep the thread for a minute. The process ends it then: what is not acknowledged comes
        // again.
        if (_thread.IsAlive && !_thread.Join(s_stopWithin))
            return;
        _ledger.Dispose();
        _stopping.Dispose();
    }

    private void Work()
    {
        while (!_stopping.IsCancellationRequested)
        {
            // After a failure one chunk goes alone: a batch that was too much for a slow ledger would be too much
            // again.
            var isPaused = _pauses.Current is not null;
            var batch = _watch.Current.Up
                ? _queue.Take(_options.MaxRows, s_idleCheck, isPaused)
                : _queue.Take(1, TimeSpan.Zero, isPaused);
            try
            {
                Serve(batch);
                // Work is accepted before anybody can see that the ledger is up.
                _queue.RefuseWork(null);
                _watch.WentWell(Volatile.Read(ref _waiting));
            }
            catch (Exception exception)
            {
                // The entries are safe in the outbox, so the writer waits and tries again. It never ends. Callers of
                // other work do not wait for the ledger.
                _queue.PutBack(batch);
                _ledger.Failed(exception);
                _pauses.Forget();
                var pause = _watch.Failed(exception);
                _queue.RefuseWork(Unavailable(exception));
                // A caller who is refused finds the ledger down.
                batch?.Work?.Answer.TrySetException(Unavailable(exception));
                Pause(pause);
            }
        }
        _queue.Close();
    }

    private void Serve(JournalBatch? batch)
    {
        _ledger.Open();
        _pauses.Look();
        if (batch?.Work is { } work)
        {
            Serve(work);
        }
        else if (batch is not null && !IsHeld(batch))
        {
            _writer.Commit(batch.Chunks);
        }
        else
        {
            if (!_watch.Current.Up)
                _ledger.Probe();
            _queue.PutBack(batch);
        }
    }

    private bool IsHeld(JournalBatch batch) =>
        _pauses.Current is not null && !batch.Chunks.All(pending => pending.Chunk.IsOnlyParked);

    private void Serve(PendingWork work)
    {
        try
        {
            _ledger.Execute(work.Work);
            work.Answer.TrySetResult(_ledger.Mark);
        }
        catch (Exception exception) when (LedgerOutage.IsOutage(exception))
        {
            work.Answer.TrySetException(Unavailable(exception));
            throw;
        }
        catch (Exception exception)
        {
            work.Answer.TrySetException(exception);
        }
    }

    private void Pause(TimeSpan pause)
    {
        var delay = Task.Delay(pause, _clock, _stopping.Token);
        Task.WaitAny([delay]);
    }

    private static LedgerUnavailableException Unavailable(Exception exception) => exception as LedgerUnavailableException
        ?? new LedgerUnavailableException($"The ledger cannot be written: {LedgerOutage.ReasonIn(exception)}", exception);
}
