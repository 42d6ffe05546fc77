using RedPacket.Ledger;
using RedPacket.Ledger.Writing;
using RedPacket.Messages;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

public sealed class JournalQueueTests
{
    private readonly JournalQueue _queue = new();

    [Fact]
    public void SlowChunksBehindLiveOnes_JoinTransactionsOneByOne()
    {
        var slow = new[] { Wait(Slow(Rows(3))), Wait(Slow(Rows(3))), Wait(Slow(Rows(3))) };
        var live = new[] { Wait(Live(Rows(3))), Wait(Live(Rows(3))), Wait(Live(Rows(3))) };

        Assert.Equal([live[0], live[1], slow[0]], Take(maxRows: 6));
        Assert.Equal([live[2], slow[1]], Take(maxRows: 6));
        Assert.Equal([slow[2]], Take(maxRows: 6));
        Assert.Null(_queue.Take(6, TimeSpan.Zero));
    }

    [Fact]
    public void SlowChunksAlone_FillATransaction()
    {
        var slow = new[] { Wait(Slow(Rows(3))), Wait(Slow(Rows(3))), Wait(Slow(Rows(3))) };

        Assert.Equal([slow[0], slow[1]], Take(maxRows: 6));
    }

    [Fact]
    public void ChunkLargerThanATransaction_GoesAlone()
    {
        var large = Wait(Live(Rows(9)));
        var next = Wait(Live(Rows(1)));

        Assert.Equal([large], Take(maxRows: 6));
        Assert.Equal([next], Take(maxRows: 6));
    }

    [Fact]
    public void RequeuedBatch_KeepsItsOrderWithoutAnsweredChunks()
    {
        var live = new[] { Wait(Live(Rows(1))), Wait(Live(Rows(1))), Wait(Live(Rows(1))) };
        var slow = Wait(Slow(Rows(1)));
        var batch = _queue.Take(3, TimeSpan.Zero);
        var late = Wait(Live(Rows(1)));

        live[1].Answer.SetCanceled(TestContext.Current.CancellationToken);
        _queue.PutBack(batch);

        Assert.Equal([live[0], live[2], late, slow], Take(maxRows: 100));
    }

    [Fact]
    public void Work_PrecedesChunksAndIsRefusedDuringAnOutage()
    {
        Wait(Live(Rows(1)));
        var (first, second, third) = (Work(), Work(), Work());
        _queue.Add(first);
        Assert.Same(first, _queue.Take(10, TimeSpan.Zero)!.Work);

        _queue.Add(second);
        _queue.RefuseWork(new LedgerUnavailableException("away"));
        _queue.Add(third);
        Assert.True(second.Answer.Task.IsFaulted && third.Answer.Task.IsFaulted);

        _queue.RefuseWork(null);
        var fourth = Work();
        _queue.Add(fourth);
        Assert.Same(fourth, _queue.Take(10, TimeSpan.Zero)!.Work);
    }

    private static Entry?[] Rows(int count) => [.. Enumerable.Range(1, count).Select(i => Grab(P1, i, "a", 1))];

    private static PendingWork Work() => new(_ => { }, new TaskCompletionSource<LedgerMark>());

    private PendingChunk Wait(Chunk chunk)
    {
        var pending = new PendingChunk(chunk, new TaskCompletionSource<RecordedChunk>());
        _queue.Add(pending);
        return pending;
    }

    private IReadOnlyList<PendingChunk> Take(int maxRows) => _queue.Take(maxRows, TimeSpan.Zero)!.Chunks;
}
