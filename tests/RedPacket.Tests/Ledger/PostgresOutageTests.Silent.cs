using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using RedPacket.Hosting;
using RedPacket.Ledger;
using RedPacket.Packets;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

// A server that is connected, and silent.
public sealed partial class PostgresOutageTests
{
    [Fact]
    public async Task SilentServer_IsAnOutageUntilItAnswers()
    {
        using var ledger = TestLedger.At($"{await server.NewDatabase()};Command Timeout=1;Timeout=1;Cancellation Timeout=500");
        var journal = await ledger.Open();
        server.Pause();
        Task<RecordOutcome[]> recording;
        try
        {
            recording = journal.Enqueue(Live(Fund(P1, 100), Grab(P1, 1, "alice", 30)), TestLedger.Stop);
            await Eventually.Holds(() => !journal.State.Up);
            Assert.False(recording.IsCompleted);
        }
        finally
        {
            server.Resume();
        }

        Assert.DoesNotContain(RecordOutcome.Parked, await recording);
        Assert.Equal(2, ledger.Number("SELECT count(*) FROM transfers"));
        ledger.MustBalance();
    }

    [Fact]
    public async Task SilentServer_DoesNotKeepTheProcessFromStopping()
    {
        using var ledger = TestLedger.At($"{await server.NewDatabase()};Command Timeout=600;Cancellation Timeout=500");
        var journal = await ledger.Open();
        using var isWaiting = new ManualResetEventSlim();
        try
        {
            _ = journal.Execute(transaction =>
            {
                server.Pause();
                isWaiting.Set();
                transaction.Execute("SELECT 1");
            }, TestLedger.Stop);
            await Eventually.Holds(() => isWaiting.IsSet);

            await Task.Run(journal.Dispose, TestLedger.Stop).WaitAsync(TimeSpan.FromMinutes(1), TestLedger.Stop);
        }
        finally
        {
            server.Resume();
        }
    }

    [Fact]
    public async Task AllConnectionsInUse_ACallerIsRefusedSoon()
    {
        using var ledger = TestLedger.At($"{await server.NewDatabase()};Maximum Pool Size=1;Timeout=600");
        await ledger.Open();
        var options = new DbContextOptionsBuilder<LedgerDbContext>();
        ledger.Read(options);
        var contexts = new PooledDbContextFactory<LedgerDbContext>(options.Options);
        await using var other = await contexts.CreateDbContextAsync(TestLedger.Stop);
        await other.Database.OpenConnectionAsync(TestLedger.Stop);

        await Assert.ThrowsAsync<OutageException>(
            () => new SettledClaims(contexts).Missing(P1).WaitAsync(TimeSpan.FromMinutes(1), TestLedger.Stop));
    }
}
