using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Ledger;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

public sealed class OutageTests : IDisposable
{
    private const int Began = 5002;
    private const int Ended = 5003;

    private readonly TestLedger _disk = new();

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task FileDeletedWhileOpen_NothingIsAcknowledgedAndNoLedgerIsCreated()
    {
        var journal = await _disk.Open();
        await journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        var (aside, log) = (_disk.Path + ".aside", _disk.Path + "-wal");
        File.Move(_disk.Path, aside);

        var recording = journal.Enqueue(Live(Grab(P1, 1, "alice", 30)), TestLedger.Stop);
        await Eventually.Holds(() => !journal.State.Up);

        Assert.False(recording.IsCompleted);
        Assert.False(File.Exists(_disk.Path));
        Assert.Contains("Put it back", journal.State.Reason, StringComparison.Ordinal);
        Assert.True(File.Exists(log));
        File.Move(aside, _disk.Path);
        await recording;
        Assert.Equal(2, _disk.Number("SELECT count(*) FROM transfers"));
        _disk.MustBalance();
    }

    [Fact]
    public async Task FileDeletedDuringATransaction_CommitDoesNotCount()
    {
        var journal = await _disk.Open();

        var work = journal.Execute(_ => File.Move(_disk.Path, _disk.Path + ".aside"), TestLedger.Stop);

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => work);
        await Eventually.Holds(() => !journal.State.Up);
    }

    [Fact]
    public async Task IdleWriter_DetectsADeletedFile()
    {
        var journal = await _disk.Open();

        File.Move(_disk.Path, _disk.Path + ".aside");

        await Eventually.Holds(() => !journal.State.Up);
        Assert.False(File.Exists(_disk.Path));
    }

    [Fact]
    public async Task BackupInPlaceOfALostFile_IsOpenedWithoutARestart()
    {
        var journal = await _disk.Open();
        await journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        _disk.Execute($"VACUUM INTO '{_disk.Path}.backup'");
        await journal.Enqueue(Live(Grab(P1, 1, "alice", 30)), TestLedger.Stop);
        File.Delete(_disk.Path);
        await Eventually.Holds(() => !journal.State.Up);
        var recording = journal.Enqueue(Live(Grab(P1, 2, "bob", 20)), TestLedger.Stop);

        File.Copy(_disk.Path + ".backup", _disk.Path);
        await Eventually.Holds(
            () => journal.State.Reason!.Contains(
                "-wal belongs to a file that is no longer there", StringComparison.Ordinal));
        Assert.False(recording.IsCompleted);
        File.Delete(_disk.Path + "-wal");
        File.Delete(_disk.Path + "-shm");
        await recording;
        // Tried many times, for two reasons, and said once.
        await Eventually.Holds(() => _disk.Log.Count(Began) == 1 && _disk.Log.Count(Ended) == 1);

        Assert.Equal(1, _disk.Number("SELECT count(*) FROM transfers WHERE kind = 2"));
        await using var ledger = _disk.Read();
        Assert.Equal(2, await ledger.Transfers.CountAsync(TestLedger.Stop));
        Assert.Equal([RecordOutcome.Inserted], await journal.Enqueue(Slow(Grab(P1, 1, "alice", 30)), TestLedger.Stop));
        _disk.MustBalance();
    }

    [Fact]
    public async Task EmptyFileInPlaceOfALostOne_IsNotUsedAsALedger()
    {
        var journal = await _disk.Open();
        File.Delete(_disk.Path);
        File.Delete(_disk.Path + "-wal");
        await File.WriteAllBytesAsync(_disk.Path, [], TestLedger.Stop);

        await Eventually.Holds(() => !journal.State.Up && journal.State.Reason!.Contains("holds no ledger", StringComparison.Ordinal));

        Assert.Equal(0, new FileInfo(_disk.Path).Length);
    }

    [Fact]
    public async Task FullDisk_EntriesWaitUntilThereIsSpace()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        var journal = await _disk.Open(time);
        await journal.Execute(transaction => transaction.Number("PRAGMA max_page_count = 1"), TestLedger.Stop);

        var many = Live([.. Enumerable.Range(1, 5000).Select(i => Grab(P1, i, $"u{i}", 1))]);
        var recording = journal.Enqueue(many, TestLedger.Stop);
        await Eventually.Holds(() => !journal.State.Up);
        Assert.Contains("full", journal.State.Reason, StringComparison.Ordinal);
        Assert.False(recording.IsCompleted);
        Assert.Equal(0, _disk.Number("SELECT count(*) FROM transfers"));
        // The clock does not move, so the pause never ends: other work is refused immediately and does not wait for the
        // next try.
        var work = journal.Execute(_ => { }, TestLedger.Stop).WaitAsync(TimeSpan.FromMinutes(2), TestLedger.Stop);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => work);

        // The limit belonged to the connection that failed; the next one has room.
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.All(await recording, outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
        _disk.MustBalance();
    }

    [Fact]
    public async Task FileNotADatabase_IsAnOutageAndNotOverwritten()
    {
        await File.WriteAllTextAsync(_disk.Path, new string('x', 5000), TestLedger.Stop);
        var journal = _disk.Start();

        await Eventually.Holds(() => journal.State.DownSince is not null);

        Assert.Contains("not a database", journal.State.Reason, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(_disk.Path).Length);
        File.Delete(_disk.Path);
        await journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
    }
}
