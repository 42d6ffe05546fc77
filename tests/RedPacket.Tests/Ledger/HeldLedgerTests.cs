using RedPacket.Ledger;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// Another program writes, or holds a write open: entries wait, nothing is lost, and a caller can cancel at any time.
/// </summary>
public abstract class HeldLedgerTests(SharedPostgres? postgres) : LedgerTests(postgres)
{
    private const int Began = 5002;
    private const int Ended = 5003;

    [Fact]
    public async Task LedgerLockedByAnotherProgram_EntriesWaitAndAreRecorded()
    {
        var journal = await Impatient();
        using var other = disk.Lock();

        var recordings = Enumerable.Range(1, 50).Select(i => journal.Enqueue(Live(Grab(P1, i, $"u{i}", 1)), TestLedger.Stop)).ToList();
        await Eventually.Holds(() => !journal.State.Up);
        var away = journal.State;
        var refused = await Assert.ThrowsAsync<LedgerUnavailableException>(() => journal.Execute(_ => { }, TestLedger.Stop));
        Assert.DoesNotContain(recordings, recording => recording.IsCompleted);
        await other.CloseAsync();
        await Task.WhenAll(recordings);

        Assert.Equal(50, away.WaitingChunks);
        Assert.NotNull(away.DownSince);
        Assert.Contains("lock", away.Reason, StringComparison.Ordinal);
        Assert.True(LedgerOutage.IsOutage(refused));
        await Eventually.Holds(() => journal.State is { Up: true, DownSince: null, Reason: null, WaitingChunks: 0 });
        Assert.Equal(50, disk.Number("SELECT count(*) FROM transfers"));
        await Eventually.Holds(() => disk.Log.Count(Began) == 1 && disk.Log.Count(Ended) == 1);
        await journal.Execute(_ => { }, TestLedger.Stop);
    }

    [Fact]
    public async Task CallerCancelsDuringAnOutage_ReturnsAndBlocksNobody()
    {
        var journal = await Impatient();
        using var other = disk.Lock();
        using var impatient = new CancellationTokenSource();
        var given = journal.Enqueue(Live(Grab(P1, 1, "a", 1)), impatient.Token);
        var kept = journal.Enqueue(Live(Grab(P1, 2, "b", 1)), TestLedger.Stop);
        await Eventually.Holds(() => !journal.State.Up);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.Equal(1, journal.State.WaitingChunks);
        await other.CloseAsync();

        Assert.Equal([RecordOutcome.Inserted], await kept);
        // The attempt in progress may have recorded the cancelled chunk. A later delivery is then a duplicate.
        Assert.InRange(disk.Number("SELECT count(*) FROM transfers"), 1, 2);
        disk.MustBalance();
    }

    [Fact]
    public async Task JournalStops_CancelsWaitingCallers()
    {
        var journal = await Impatient();
        using var other = disk.Lock();
        var recording = journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        await Eventually.Holds(() => !journal.State.Up);

        journal.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recording);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => journal.Enqueue(Live(Fund(P2, 100)), TestLedger.Stop));
    }

    [Fact]
    public async Task AnotherProcessWritesWithoutAPause_BothGetTheirTurns()
    {
        disk.BusyTimeout = TimeSpan.FromSeconds(10);
        var (settling, other) = (await disk.Open(), await disk.Open());
        using var over = new CancellationTokenSource();
        var packets = 0;
        // Chunks always wait, so that a transaction begins when one ends.
        var load = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(
            async () =>
            {
                while (!over.IsCancellationRequested)
                {
                    var packet = $"0-{Interlocked.Increment(ref packets):x32}";
                    await settling.Enqueue(
                        Live([.. Enumerable.Range(1, 500).Select(i => Grab(packet, i, $"u{i}", 1))]), TestLedger.Stop);
                }
            }, TestLedger.Stop)));

        for (var turn = 0; turn < 20; turn++)
        {
            var before = Volatile.Read(ref packets);
            await other.Execute(_ => { }, TestLedger.Stop);
            await Eventually.Holds(() => Volatile.Read(ref packets) >= before + 2);
        }
        await over.CancelAsync();
        await load;

        Assert.Equal(0, disk.Log.Count(Began));
    }

    private Task<Journal> Impatient()
    {
        disk.BusyTimeout = TimeSpan.FromSeconds(1);
        return disk.Open();
    }
}

public sealed class HeldLedgerOnSqliteTests() : HeldLedgerTests(null);

[Needs("servers")]
public sealed class HeldLedgerOnPostgresTests(SharedPostgres postgres) : HeldLedgerTests(postgres);
