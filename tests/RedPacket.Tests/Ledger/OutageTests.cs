using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Ledger;
using RedPacket.Ledger.Sqlite;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.Lines;

namespace RedPacket.Tests.Ledger;

public sealed class OutageTests : IDisposable
{
    private const int Began = 5002;
    private const int Ended = 5003;

    private readonly LedgerOnDisk disk = new();

    public void Dispose() => disk.Dispose();

    [Fact]
    public async Task FileDeletedUnderTheWriter_AcknowledgesNothingAndMakesNoNewLedger()
    {
        var journal = await disk.Open();
        await journal.Record(Live(Fund(P1, 100)), LedgerOnDisk.Stop);
        var (aside, log) = (disk.Path + ".aside", disk.Path + "-wal");
        File.Move(disk.Path, aside);

        var recording = journal.Record(Live(Grab(P1, 1, "alice", 30)), LedgerOnDisk.Stop);
        await Eventually.Holds(() => !journal.State.Up);

        Assert.False(recording.IsCompleted);
        Assert.False(File.Exists(disk.Path));
        Assert.Contains("Put it back", journal.State.Reason, StringComparison.Ordinal);
        Assert.True(File.Exists(log));
        File.Move(aside, disk.Path);
        await recording;
        Assert.Equal(2, disk.Number("SELECT count(*) FROM transfers"));
        disk.MustBalance();
    }

    [Fact]
    public async Task FileThatGoesDuringATransaction_MakesItsCommitCountForNothing()
    {
        var journal = await disk.Open();

        var work = journal.Run((_, _) => File.Move(disk.Path, disk.Path + ".aside"), LedgerOnDisk.Stop);

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => work);
        await Eventually.Holds(() => !journal.State.Up);
    }

    [Fact]
    public async Task WriterWithNothingToDo_NoticesThatItsFileIsGone()
    {
        var journal = await disk.Open();

        File.Move(disk.Path, disk.Path + ".aside");

        await Eventually.Holds(() => !journal.State.Up);
        Assert.False(File.Exists(disk.Path));
    }

    [Fact]
    public async Task BackupPutInPlaceOfALostFile_IsTakenUpWithoutARestart()
    {
        var journal = await disk.Open();
        await journal.Record(Live(Fund(P1, 100)), LedgerOnDisk.Stop);
        disk.Execute($"VACUUM INTO '{disk.Path}.backup'");
        await journal.Record(Live(Grab(P1, 1, "alice", 30)), LedgerOnDisk.Stop);
        File.Delete(disk.Path);
        await Eventually.Holds(() => !journal.State.Up);
        var recording = journal.Record(Live(Grab(P1, 2, "bob", 20)), LedgerOnDisk.Stop);

        File.Copy(disk.Path + ".backup", disk.Path);
        await Eventually.Holds(() => journal.State.Reason!.Contains("-wal belongs to a file that is no longer there", StringComparison.Ordinal));
        Assert.False(recording.IsCompleted);
        File.Delete(disk.Path + "-wal");
        File.Delete(disk.Path + "-shm");
        await recording;
        // Tried many times, for two reasons, and said once.
        await Eventually.Holds(() => disk.Log.Count(Began) == 1 && disk.Log.Count(Ended) == 1);

        Assert.Equal(1, disk.Number("SELECT count(*) FROM transfers WHERE kind = 2"));
        await using var ledger = disk.Read();
        Assert.Equal(2, await ledger.Transfers.CountAsync(LedgerOnDisk.Stop));
        Assert.Equal([RecordOutcome.Inserted], await journal.Record(Slow(Grab(P1, 1, "alice", 30)), LedgerOnDisk.Stop));
        disk.MustBalance();
    }

    [Fact]
    public async Task EmptyFileInPlaceOfALostOne_IsNotTakenForALedger()
    {
        var journal = await disk.Open();
        File.Delete(disk.Path);
        File.Delete(disk.Path + "-wal");
        await File.WriteAllBytesAsync(disk.Path, [], LedgerOnDisk.Stop);

        await Eventually.Holds(() => !journal.State.Up && journal.State.Reason!.Contains("holds no ledger", StringComparison.Ordinal));

        Assert.Equal(0, new FileInfo(disk.Path).Length);
    }

    [Fact]
    public async Task FullDisk_HoldsEverythingUntilThereIsRoom()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        var journal = await disk.Open(time);
        await journal.Run((connection, _) =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA max_page_count = 1";
            command.ExecuteScalar();
        }, LedgerOnDisk.Stop);

        var many = Live([.. Enumerable.Range(1, 5000).Select(i => Grab(P1, i, $"u{i}", 1))]);
        var recording = journal.Record(many, LedgerOnDisk.Stop);
        await Eventually.Holds(() => !journal.State.Up);
        Assert.Contains("full", journal.State.Reason, StringComparison.Ordinal);
        Assert.False(recording.IsCompleted);
        Assert.Equal(0, disk.Number("SELECT count(*) FROM transfers"));
        // Time stands still, so the pause never ends: other work is refused at once and does not wait for the next try.
        var work = journal.Run((_, _) => { }, LedgerOnDisk.Stop).WaitAsync(TimeSpan.FromSeconds(10), LedgerOnDisk.Stop);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => work);

        // The limit belonged to the connection that failed; the next one has room.
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.All(await recording, outcome => Assert.Equal(RecordOutcome.Inserted, outcome));
        disk.MustBalance();
    }

    [Fact]
    public async Task FileThatIsNoDatabase_IsAnOutageAndNotOverwritten()
    {
        await File.WriteAllTextAsync(disk.Path, new string('x', 5000), LedgerOnDisk.Stop);
        var journal = disk.Start();

        await Eventually.Holds(() => journal.State.DownSince is not null);

        Assert.Contains("not a database", journal.State.Reason, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(disk.Path).Length);
        File.Delete(disk.Path);
        await journal.Record(Live(Fund(P1, 100)), LedgerOnDisk.Stop);
    }
}
