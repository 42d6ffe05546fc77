using RedPacket.Ledger;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>A missing ledger is not replaced by an empty one, even by a process that never had it open.</summary>
[Needs("servers")]
public sealed class LedgerCreationTests(PostgresFixture server) : IClassFixture<PostgresFixture>
{
    private const int Lost = 5002;
    private const int Back = 5003;
    private const int NotOpenYet = 5009;
    private const int BegunAnew = 5020;
    private const string Known = "There was one.";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LedgerMissing_IsNotRecreatedUntilRedisIsKnownToBeNew(bool onPostgres)
    {
        using var disk = await At(onPostgres);
        disk.Refusal = Known;
        var journal = disk.Start();
        var recording = journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        await Eventually.Holds(() => journal.State.DownSince is not null);

        Assert.Contains(Known, journal.State.Reason, StringComparison.Ordinal);
        Assert.True(IsEmpty(disk));
        Assert.False(recording.IsCompleted);

        disk.Refusal = null;
        Assert.Equal([RecordOutcome.Inserted], await recording);
        Assert.Equal(0, disk.Log.Count(BegunAnew));
        // A ledger that was never open was neither lost nor got back.
        Assert.Equal((1, 0, 0), (disk.Log.Count(NotOpenYet), disk.Log.Count(Lost), disk.Log.Count(Back)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OperatorBeginsAnew_CreatesAnEmptyLedger(bool onPostgres)
    {
        using var disk = await At(onPostgres);
        disk.Refusal = Known;

        var journal = disk.Start(beginAnew: true);

        await Eventually.Holds(() => journal.State.Up);
        Assert.Equal(0, disk.Number("SELECT count(*) FROM transfers"));
        Assert.Equal(1, disk.Log.Count(BegunAnew));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ExistingLedger_IsAlwaysOpened(bool onPostgres)
    {
        using var disk = await At(onPostgres);
        await (await disk.Open()).Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        disk.Refusal = Known;

        await disk.Open();

        Assert.Equal(1, disk.Number("SELECT count(*) FROM transfers"));
    }

    [Fact]
    public async Task FileWithoutALedgerInItsPlace_IsNotFilled()
    {
        using var disk = new TestLedger();
        await File.WriteAllBytesAsync(disk.Path, [], TestLedger.Stop);
        disk.Refusal = Known;

        var journal = disk.Start();
        await Eventually.Holds(() => journal.State.DownSince is not null);

        Assert.Contains(Known, journal.State.Reason, StringComparison.Ordinal);
        Assert.True(IsEmpty(disk));
    }

    private async Task<TestLedger> At(bool onPostgres)
    {
        if (onPostgres)
            Installed.Require(Installed.Postgres);
        return onPostgres ? await TestLedger.On(server) : new TestLedger();
    }

    private static bool IsEmpty(TestLedger disk) => disk.Path.Length > 0
        ? !File.Exists(disk.Path) || new FileInfo(disk.Path).Length == 0
        : disk.Number("SELECT count(*) FROM information_schema.tables WHERE table_name = 'transfers'") == 0;
}
