using System.Data.Common;
using Microsoft.Extensions.Options;

namespace RedPacket.Ledger;

/// <summary>
/// The only writer of the ledger, on a thread of its own. It opens the ledger and brings its schema up to date in the background, and keeps
/// trying for as long as that fails: whoever records simply waits. Chunks that wait are merged into one transaction.
/// </summary>
internal sealed class Journal : IDisposable
{
    /// <summary>How often a writer that has nothing to do looks whether its ledger is still there.</summary>
    private static readonly TimeSpan s_idleCheck = TimeSpan.FromSeconds(1);

    private readonly LedgerOptions _options;
    private readonly TimeProvider _clock;
    private readonly LedgerWriter _ledger;
    private readonly ChunkWriter _writer;
    private readonly LedgerWatch _watch;
    private readonly JournalQueue _queue = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _thread;
    private int _waiting;

    public Journal(IOptions<LedgerOptions> options, TimeProvider clock, ILogger<Journal> logger)
    {
        this._options = options.Value;
        this._clock = clock;
        _ledger = LedgerProvider.Of(this._options).Writer(this._options, logger);
        _writer = new ChunkWriter(_ledger, clock, logger);
        _watch = new LedgerWatch(this._options, clock, logger);
        _thread = new Thread(Work) { IsBackground = true, Name = "ledger" };
    }

    /// <summary>How the ledger is; may be asked from any thread, at any time.</summary>
    public LedgerState State
    {
        get
        {
            var status = _watch.Current;
            return new LedgerState(status.Up, status.DownSince, status.Reason, Volatile.Read(ref _waiting), _writer.Recorded);
        }
    }

    /// <summary>Starts the thread. Called once, by the host.</summary>
    public void Start() => _thread.Start();

    /// <summary>
    /// Records a chunk; the answer has one outcome per line and is given only when all of it is durable. Any number of callers.
    /// During an outage it waits, until the ledger is back or the caller cancels; a cancelled chunk may still be recorded.
    /// </summary>
    public async Task<RecordOutcome[]> Record(Chunk chunk, CancellationToken cancellation)
    {
        var pending = new PendingChunk(chunk, new TaskCompletionSource<RecordOutcome[]>(TaskCreationOptions.RunContinuationsAsynchronously));
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
    /// Other writing: audits, marks, digests, corrections. The work runs on the writer's thread, in one transaction that is committed when it
    /// returns and rolled back when it throws; its exception goes to the caller.
    /// </summary>
    /// <exception cref="LedgerUnavailableException">The ledger is away; nothing was done. Not held back, unlike <see cref="Record"/>.</exception>
    public async Task Run(Action<DbConnection, DbTransaction> work, CancellationToken cancellation)
    {
        var pending = new PendingWork(work, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        using var registration = cancellation.UnsafeRegister(_ => pending.Answer.TrySetCanceled(cancellation), null);
        _queue.Add(pending);
        await pending.Answer.Task;
    }

    /// <summary>Ends the thread after the transaction it is in; what still waits is cancelled and will be delivered again.</summary>
    public void Dispose()
    {
        if (_stopping.IsCancellationRequested)
            return;
        _stopping.Cancel();
        _queue.Close();
        if (_thread.IsAlive)
            _thread.Join();
        _ledger.Dispose();
        _stopping.Dispose();
    }

    private void Work()
    {
        while (!_stopping.IsCancellationRequested)
        {
            // After a failure one chunk goes alone: what was too much for a slow ledger in the time it had would be too much again.
            var batch = _watch.Current.Up ? _queue.Take(_options.MaxRows, s_idleCheck) : _queue.Take(1, TimeSpan.Zero);
            try
            {
                Serve(batch);
                _watch.WentWell(Volatile.Read(ref _waiting));
                _queue.RefuseWork(null);
            }
            catch (Exception exception)
            {
                // Whatever it is, the entries are safe where they came from: the writer waits and tries again, it never ends.
                _queue.PutBack(batch);
                _ledger.Failed(exception);
                var pause = _watch.Failed(exception);
                _queue.RefuseWork(Unavailable(exception));
                Pause(pause);
            }
        }
        _queue.Close();
    }

    private void Serve(JournalBatch? batch)
    {
        _ledger.Open();
        if (batch?.Work is { } work)
            Serve(work);
        else if (batch is not null)
            _writer.Write(batch.Chunks);
        else if (!_watch.Current.Up)
            _ledger.Probe();
    }

    private void Serve(PendingWork work)
    {
        try
        {
            _ledger.Run(work.Work);
            work.Answer.TrySetResult();
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

    private static LedgerUnavailableException Unavailable(Exception exception) =>
        exception as LedgerUnavailableException ?? new LedgerUnavailableException($"The ledger cannot be written: {LedgerOutage.Words(exception)}", exception);
}
