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
    private static readonly TimeSpan IdleCheck = TimeSpan.FromSeconds(1);

    private readonly LedgerOptions options;
    private readonly TimeProvider time;
    private readonly LedgerDatabase ledger;
    private readonly ChunkWriter writer;
    private readonly LedgerWatch watch;
    private readonly JournalQueue queue = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Thread thread;
    private int waiting;

    public Journal(IOptions<LedgerOptions> options, TimeProvider time, ILogger<Journal> logger)
    {
        this.options = options.Value;
        this.time = time;
        ledger = LedgerKind.Of(this.options).Writer(this.options, logger);
        writer = new ChunkWriter(ledger, time, logger);
        watch = new LedgerWatch(this.options, time, logger);
        thread = new Thread(Work) { IsBackground = true, Name = "ledger" };
    }

    /// <summary>How the ledger is; may be asked from any thread, at any time.</summary>
    public LedgerState State
    {
        get
        {
            var status = watch.Current;
            return new LedgerState(status.Up, status.DownSince, status.Reason, Volatile.Read(ref waiting), writer.Recorded);
        }
    }

    /// <summary>Starts the thread. Called once, by the host.</summary>
    public void Start() => thread.Start();

    /// <summary>
    /// Records a chunk; the answer has one outcome per line and is given only when all of it is durable. Any number of callers.
    /// During an outage it waits, until the ledger is back or the caller cancels; a cancelled chunk may still be recorded.
    /// </summary>
    public async Task<RecordOutcome[]> Record(Chunk chunk, CancellationToken cancellationToken)
    {
        var pending = new PendingChunk(chunk, new TaskCompletionSource<RecordOutcome[]>(TaskCreationOptions.RunContinuationsAsynchronously));
        using var registration = cancellationToken.UnsafeRegister(_ => pending.Answer.TrySetCanceled(cancellationToken), null);
        Interlocked.Increment(ref waiting);
        try
        {
            queue.Add(pending);
            return await pending.Answer.Task;
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <summary>
    /// Other writing: audits, marks, digests, corrections. The work runs on the writer's thread, in one transaction that is committed when it
    /// returns and rolled back when it throws; its exception goes to the caller.
    /// </summary>
    /// <exception cref="LedgerUnavailableException">The ledger is away; nothing was done. Not held back, unlike <see cref="Record"/>.</exception>
    public async Task Run(Action<DbConnection, DbTransaction> work, CancellationToken cancellationToken)
    {
        var pending = new PendingWork(work, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        using var registration = cancellationToken.UnsafeRegister(_ => pending.Answer.TrySetCanceled(cancellationToken), null);
        queue.Add(pending);
        await pending.Answer.Task;
    }

    /// <summary>Ends the thread after the transaction it is in; what still waits is cancelled and will be delivered again.</summary>
    public void Dispose()
    {
        if (stopping.IsCancellationRequested)
            return;
        stopping.Cancel();
        queue.Close();
        if (thread.IsAlive)
            thread.Join();
        ledger.Dispose();
        stopping.Dispose();
    }

    private void Work()
    {
        while (!stopping.IsCancellationRequested)
        {
            // After a failure one chunk goes alone: what was too much for a slow ledger in the time it had would be too much again.
            var batch = watch.Current.Up ? queue.Take(options.MaxRows, IdleCheck) : queue.Take(1, TimeSpan.Zero);
            try
            {
                Serve(batch);
                watch.WentWell(Volatile.Read(ref waiting));
                queue.RefuseWork(null);
            }
            catch (Exception exception)
            {
                // Whatever it is, the entries are safe where they came from: the writer waits and tries again, it never ends.
                queue.PutBack(batch);
                ledger.Failed(exception);
                var pause = watch.Failed(exception);
                queue.RefuseWork(Unavailable(exception));
                Pause(pause);
            }
        }
        queue.Close();
    }

    private void Serve(JournalBatch? batch)
    {
        ledger.Open();
        if (batch?.Work is { } work)
            Serve(work);
        else if (batch is not null)
            writer.Write(batch.Chunks);
        else if (!watch.Current.Up)
            ledger.Probe();
    }

    private void Serve(PendingWork work)
    {
        try
        {
            ledger.Run(work.Work);
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
        var delay = Task.Delay(pause, time, stopping.Token);
        Task.WaitAny([delay]);
    }

    private static LedgerUnavailableException Unavailable(Exception exception) =>
        exception as LedgerUnavailableException ?? new LedgerUnavailableException($"The ledger cannot be written: {LedgerOutage.Words(exception)}", exception);
}
