using RedPacket.Ledger;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// Tests of what a ledger promises wherever it is kept: run twice, in a SQLite file and (with a server) on PostgreSQL.
/// </summary>
public abstract class LedgerTests(SharedPostgres? postgres) : IAsyncLifetime
{
    private protected TestLedger disk = null!;

    public async ValueTask InitializeAsync() => disk = await TestLedger.On(postgres);

    public ValueTask DisposeAsync()
    {
        // A test that was skipped for want of a server has none.
        disk?.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected static Task<RecordOutcome[]> Record(Journal journal, Chunk chunk) =>
        journal.Enqueue(chunk, TestLedger.Stop);
}
